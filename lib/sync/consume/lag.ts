import type { History } from '../../ports/history.ts';
import { ANSWER_CHANNELS } from '../replay/budget.ts';
import type { Hearing } from '../replay/hearing.ts';
import type { Cursor } from './cursor.ts';
import { channelsOf, fromOf } from './look.ts';

/** What waits behind a cursor. */
export interface Lag {
  readonly events: number;
  /** For which the oldest of them has been waiting; 0 where none is. */
  readonly milliseconds: number;
  /** Whether all channels were looked at. */
  readonly complete: boolean;
}

/**
 * How much waits behind a cursor on the channels that are heard, of as many as one answer looks into.
 *
 * @throws DependencyAway
 */
export const lagOf = async (history: History, hearing: Hearing, { since, positions }: Cursor): Promise<Lag> => {
  const { earliest } = await history.time();
  const cursor = { since, positions };
  const { channels, behind } = await channelsOf(history, hearing, cursor, '', ANSWER_CHANNELS);
  const pages = await history.read(
    channels.map((channel) => ({
      ...{ name: { channel }, from: fromOf(positions.get(channel), since) },
      // Its data is not asked for.
      ...{ most: 1, bytes: 1 },
    })),
    {},
  );
  const waiting = pages.flatMap(({ events: [event] }, i) =>
    event === undefined ? [] : [{ channel: channels[i] as string, event }],
  );
  const { positions: newest } = await history.positions(waiting.map(({ channel }) => channel));
  let [events, oldest] = [0, earliest];
  for (const { channel, event } of waiting) {
    const last = newest[channel];
    events += last?.epoch === event.epoch ? Math.max(1, last.offset - event.offset + 1) : 1;
    oldest = Math.min(oldest, event.timestamp);
  }
  const milliseconds = waiting.length === 0 ? 0 : Math.max(0, earliest - oldest);
  return { events, milliseconds, complete: behind === undefined };
};
