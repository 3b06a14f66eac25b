import type { History, HistoryName, ReadFrom } from '../../ports/history.ts';
import type { ChannelPosition, Positions } from '../../protocol/position.ts';
import type { Hearing } from './hearing.ts';

/** One history to be replayed, and from where. */
export interface Source {
  readonly name: HistoryName;
  readonly from: ReadFrom;
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
}

/** Every channel appended to at that time or later that is heard under a pattern. */
export const activeUnderPatterns = async (history: History, hearing: Hearing, since: number): Promise<Set<string>> => {
  const found = new Set<string>();
  if (!hearing.hasPatterns) return found;
  for await (const page of history.activeChannels(hearing.firstSegments, since)) {
    for (const channel of page) if (hearing.hears(channel)) found.add(channel);
  }
  return found;
};

const fromPosition = ({ offset, epoch }: ChannelPosition): ReadFrom => ({ after: { offset, epoch } });

// No private position means: at the beginning, whatever the epoch is called.
const fromPrivate = ({ private: mine }: ChannelPosition): ReadFrom => (mine ? { after: mine } : { since: 0 });

/**
 * The histories that answer a question, each once: those named with a position, and since a time every other that the
 * connection hears; of each channel also its user’s private events.
 */
export const sourcesOf = async (history: History, question: Question): Promise<readonly Source[]> => {
  const { user, hearing, positions, since, channels } = question;
  const asked = (channel: string): boolean => channels === undefined || channels.has(channel);
  const named = new Map(Object.entries(positions).filter(([channel]) => asked(channel) && hearing.hears(channel)));

  const unnamed = new Set<string>();
  if (since !== undefined) {
    const candidates = channels ?? [...hearing.channels, ...(await activeUnderPatterns(history, hearing, since))];
    for (const channel of candidates) if (!named.has(channel) && hearing.hears(channel)) unnamed.add(channel);
  }

  // A private position may be of any age, so where one is given the user’s channels are not narrowed by time.
  const privately = await history.privateChannels(user, named.size > 0 ? 0 : (since ?? 0));
  const mine = new Set([
    ...privately.filter((channel) => asked(channel) && hearing.hears(channel)),
    ...[...named].filter(([, position]) => position.private !== undefined).map(([channel]) => channel),
  ]);

  const sources: Source[] = [];
  for (const [channel, position] of named) sources.push({ name: { channel }, from: fromPosition(position) });
  for (const channel of unnamed) sources.push({ name: { channel }, from: { since: since as number } });
  for (const channel of mine) {
    const position = named.get(channel);
    if (position !== undefined) sources.push({ name: { channel, user }, from: fromPrivate(position) });
    else if (since !== undefined) sources.push({ name: { channel, user }, from: { since } });
  }
  return sources;
};
