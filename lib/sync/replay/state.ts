import type { Connection } from '../../ports/connection.ts';
import { encodeEvents } from '../../protocol/frame.ts';
import { eventHead } from './event-head.ts';
import { Hearing } from './hearing.ts';
import type { ReplayWorld } from './replay.ts';
import { activeUnderPatterns } from './sources.ts';

/**
 * The latest event of every channel that some subscriptions hear, private ones left out.
 *
 * @param texts - channels and patterns, durable by now: what is appended while this runs is heard live.
 * @returns the answer, as the texts of one frame or several.
 * @throws DependencyAway
 */
export const initialState = async (
  { history, replay }: ReplayWorld,
  { capabilities }: Connection,
  requestId: string | number | undefined,
  texts: readonly string[],
): Promise<readonly string[]> => {
  const hearing = new Hearing(texts);
  const active = await activeUnderPatterns(history, hearing, (await history.time()).earliest - replay.retention);
  const channels = [...new Set([...hearing.channels, ...active])];
  const pages = await history.read(
    channels.map((channel) => ({ name: { channel }, from: 'latest', most: 1 })),
    {},
  );
  const events = pages.flatMap(({ events: [latest] }, i) =>
    latest === undefined ? [] : [{ head: eventHead(channels[i] as string, latest, false), data: latest.data }],
  );
  return encodeEvents('state', requestId, events, undefined, capabilities.chunk);
};
