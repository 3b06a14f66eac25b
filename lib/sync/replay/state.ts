import type { Connection } from '../../ports/connection.ts';
import type { EventMessage } from '../../protocol/messages/event.ts';
import type { ServerMessageOf } from '../../protocol/messages/table.ts';
import { eventMessage } from '../event-message.ts';
import { ANSWER_BYTES, weigh } from './budget.ts';
import { Hearing } from './hearing.ts';
import { mostDataOf, type ReplayWorld } from './replay.ts';
import { activeUnderPatterns } from './sources.ts';
import { type Replayed, wholeOf } from './whole.ts';

/**
 * The latest event of every channel that some subscriptions hear, private ones left out.
 *
 * @param texts - channels and patterns, durable by now: what is appended while this runs is heard live.
 * @throws DependencyAway
 */
export const initialState = async (
  world: ReplayWorld,
  connection: Connection,
  requestId: string | number | undefined,
  texts: readonly string[],
): Promise<ServerMessageOf<'state'>> => {
  const { history, replay } = world;
  const hearing = new Hearing(texts);
  const active = await activeUnderPatterns(history, hearing, (await history.time()).earliest - replay.retention);
  const channels = [...new Set([...hearing.channels, ...active])];
  const pages = await history.read(
    channels.map((channel) => ({ name: { channel }, from: 'latest', most: 1 })),
    {},
  );
  const latest = pages.flatMap(({ events: [event] }, i) =>
    event === undefined ? [] : [{ name: { channel: channels[i] as string }, event }],
  );
  const events: EventMessage[] = [];
  let bytes = 0;
  for (let at = 0; at < latest.length; ) {
    // What one answer holds is read with its data; of the rest it is omitted, as of what is too large for its reader.
    const most = bytes < ANSWER_BYTES ? mostDataOf(world, connection) : 0;
    const whole = await wholeOf(history, latest.slice(at), most);
    for (const [i, event] of whole.entries()) {
      const { name } = latest[at + i] as Replayed;
      if (event === undefined) continue;
      const { isOmitted, bytes: size } = weigh(event, bytes < ANSWER_BYTES ? most : 0);
      bytes += size;
      events.push(eventMessage(name.channel, event, false, isOmitted));
    }
    at += whole.length;
  }
  return { type: 'state', requestId, events, final: true };
};
