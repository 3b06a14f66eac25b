import type { Connection } from '../../ports/connection.ts';
import type { EventMessage } from '../../protocol/messages/event.ts';
import type { ServerMessageOf } from '../../protocol/messages/table.ts';
import { eventMessage } from '../event-message.ts';
import { ANSWER_CHANNELS, Room } from './budget.ts';
import { type StateRest, saveRest } from './cursor.ts';
import { FirstOf } from './first-of.ts';
import { Hearing } from './hearing.ts';
import { matchedBy } from './matched.ts';
import { addActive } from './sources.ts';
import { type Replayed, wholeOf } from './whole.ts';
import { mostDataOf, type ReplayWorld } from './world.ts';

/** The latest events of some channels, and the cursor to go on with behind them; null where there are no more. */
interface Latest {
  readonly events: readonly EventMessage[];
  readonly next: string | null;
}

/**
 * The latest events of the channels behind one that some subscriptions hear, private ones left out, as far as one answer
 * goes.
 *
 * @param hearing - what the connection hears now; of that events say what they fit.
 * @param kept - the name under which the subscriptions are kept; undefined if they are not.
 * @param most - channels.
 * @throws DependencyAway
 */
export const latestBehind = async (
  world: ReplayWorld,
  connection: Connection,
  hearing: Hearing,
  { state: { texts, behind }, time }: StateRest,
  kept: string | undefined,
  most = ANSWER_CHANNELS,
): Promise<Latest> => {
  const { history, replay } = world;
  const asked = new Hearing(texts);
  const first = new FirstOf(behind, Math.min(most, ANSWER_CHANNELS));
  for (const channel of asked.channels) first.add(channel);
  await addActive(history, asked, time - replay.retention, first);
  const { channels: taken, behind: end } = first.taken;
  const channels = taken.filter((channel) => hearing.hears(channel));
  const pages = await history.read(
    channels.map((channel) => ({ name: { channel }, from: 'latest', most: 1 })),
    {},
  );
  const latest = pages.flatMap(({ events: [event] }, i) =>
    event === undefined ? [] : [{ name: { channel: channels[i] as string }, event }],
  );
  const events: EventMessage[] = [];
  const matched = matchedBy(connection, hearing);
  const room = new Room();
  let mostData = mostDataOf(world, connection);
  for (let at = 0; at < latest.length; ) {
    const whole = await wholeOf(history, latest.slice(at), mostData);
    for (const [i, event] of whole.entries()) {
      const { name } = latest[at + i] as Replayed;
      if (event === undefined) continue;
      const weighed = room.take(event, mostData);
      // What one answer holds comes with its data; of the rest it is omitted, as of what is too large for its reader.
      if (weighed === undefined) mostData = 0;
      events.push(eventMessage(name.channel, event, false, weighed?.isOmitted ?? true, matched(name.channel)));
    }
    at += whole.length;
  }
  if (end === undefined) return { events, next: null };
  const next = await saveRest(world.scratch, connection.user, { state: { texts, behind: end }, time }, kept);
  return { events, next };
};

/**
 * The latest event of every channel that some subscriptions hear, private ones left out; of the first of them and a cursor,
 * where they are more than one answer looks into.
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
  const { earliest: time } = await world.history.time();
  const state = { texts: [...texts], behind: '' };
  const { events, next } = await latestBehind(world, connection, new Hearing(texts), { state, time }, undefined);
  return { type: 'state', requestId, events, ...(next === null ? {} : { next }), final: true };
};
