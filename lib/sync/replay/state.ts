import type { ServerMessageOf } from '../../protocol/messages/table.ts';
import { eventMessage } from '../event-message.ts';
import { Hearing } from './hearing.ts';
import type { ReplayWorld } from './replay.ts';
import { activeUnderPatterns } from './sources.ts';

/**
 * The latest event of every channel that some subscriptions hear, private ones left out.
 *
 * @param texts - channels and patterns, durable by now: what is appended while this runs is heard live.
 * @throws DependencyAway
 */
export const initialState = async (
  { history, replay }: ReplayWorld,
  requestId: string | number | undefined,
  texts: readonly string[],
): Promise<ServerMessageOf<'state'>> => {
  const hearing = new Hearing(texts);
  const active = await activeUnderPatterns(history, hearing, (await history.time()).earliest - replay.retention);
  const channels = [...new Set([...hearing.channels, ...active])];
  const pages = await history.read(
    channels.map((channel) => ({ name: { channel }, from: 'latest', most: 1 })),
    {},
  );
  const events = pages.flatMap(({ events: [latest] }, i) =>
    latest === undefined ? [] : [eventMessage(channels[i] as string, latest, false)],
  );
  return { type: 'state', requestId, events, final: true };
};
