import type { History, HistoryName, ReadBack, ReadFrom } from '../../ports/history.ts';
import type { ChannelPosition, Positions } from '../../protocol/position.ts';
import { ANSWER_CHANNELS } from './budget.ts';
import { FirstOf } from './first-of.ts';
import type { Hearing } from './hearing.ts';

/** One history to be replayed, and from where. */
export interface Source {
  readonly name: HistoryName;
  readonly from: Exclude<ReadFrom, ReadBack | 'latest'>;
}

/** What is asked for. */
export interface Question {
  readonly user: string;
  readonly hearing: Hearing;
  /** Positions by channel; what comes after them. */
  readonly positions: Positions;
  /** For channels without a position: from this time on, ms since 1970; undefined to leave them out. */
  readonly since: number | undefined;
  /** Only these channels; undefined for all. */
  readonly channels: ReadonlySet<string> | undefined;
  /** By time across channels, or one channel after another. */
  readonly order: 'time' | 'channel';
  /** The subscriptions it is asked over; undefined for all of the connection. */
  readonly texts: readonly string[] | undefined;
}

/** The histories that one answer looks into. */
export interface Sources {
  readonly sources: readonly Source[];
  /** The last channel of them, where there are others behind it. */
  readonly behind: string | undefined;
}

/**
 * Takes in the channels appended to at that time or later that are heard under a pattern, as far as they are wanted.
 *
 * @param since - milliseconds since 1970.
 */
export const addActive = async (
  history: Pick<History, 'activeChannels'>,
  hearing: Hearing,
  since: number,
  first: FirstOf,
): Promise<void> => {
  if (!hearing.hasPatterns) return;
  const active = history.activeChannels(hearing.prefixes, since, first.after);
  await first.addInOrder(active, (channel) => hearing.hears(channel));
};

const fromPosition = ({ offset, epoch }: ChannelPosition): Source['from'] => ({ after: { offset, epoch } });

// No private position means: at the beginning, whatever the epoch is called.
const fromPrivate = ({ private: mine }: ChannelPosition): Source['from'] => (mine ? { after: mine } : { since: 0 });

/**
 * The histories that answer a question, each once: those named with a position, and since a time every other that the
 * connection hears; of each channel also its user’s private events. They come in the order of their channels, as many as
 * one answer looks into.
 *
 * @param after - only channels behind this one; '' for all.
 */
export const sourcesOf = async (history: History, question: Question, after: string): Promise<Sources> => {
  const { user, hearing, positions, since, channels } = question;
  const first = new FirstOf(after, ANSWER_CHANNELS);
  const isAsked = (channel: string): boolean =>
    first.wants(channel) && (channels === undefined || channels.has(channel)) && hearing.hears(channel);
  const named = new Map(Object.entries(positions).filter(([channel]) => isAsked(channel)));
  for (const channel of named.keys()) first.add(channel);

  if (since !== undefined) {
    for (const channel of channels ?? hearing.channels) if (isAsked(channel)) first.add(channel);
    if (channels === undefined) await addActive(history, hearing, since, first);
  }

  // A private position may be of any age, so where one is given the user’s channels are not narrowed by time.
  const mine = new Set([...named].filter(([, position]) => position.private !== undefined).map(([channel]) => channel));
  if (since !== undefined || named.size > 0) {
    const privately = history.privateChannels(user, named.size > 0 ? 0 : (since ?? 0), after);
    await first.addInOrder(privately, (channel) => {
      const isMine = isAsked(channel) && (since !== undefined || named.has(channel));
      if (isMine) mine.add(channel);
      return isMine;
    });
  }

  const { channels: taken, behind } = first.taken;
  const sources = taken.flatMap((channel): Source[] => {
    const position = named.get(channel);
    const from = position === undefined ? { since: since as number } : fromPosition(position);
    const fromMine = position === undefined ? from : fromPrivate(position);
    return [{ name: { channel }, from }, ...(mine.has(channel) ? [{ name: { channel, user }, from: fromMine }] : [])];
  });
  return { sources, behind };
};
