import type { History } from '../../ports/history.ts';
import type { Position } from '../../protocol/position.ts';
import { ANSWER_CHANNELS } from '../replay/budget.ts';
import { FirstOf } from '../replay/first-of.ts';
import type { Hearing } from '../replay/hearing.ts';
import { mergeHistories, type Told } from '../replay/merge.ts';
import { addActive, type Source } from '../replay/sources.ts';
import { bytesOfPlace, type Cursor, HALF, type Place } from './cursor.ts';
import { type Gap, gapsOf } from './gaps.ts';

/** How much one look tells. */
export interface Most {
  readonly events: number;
  /** Of their data, about. */
  readonly bytes: number;
}

/** What a look at the histories came to. */
export interface Look {
  /** Oldest first; those of a channel in the order of their offsets. */
  readonly events: readonly Told[];
  readonly gaps: readonly Gap[];
  /** Where whoever was told this stands. */
  readonly next: Cursor;
  /** The channels that it looked into: of these the cursor must not forget the positions. */
  readonly channels: ReadonlySet<string>;
  /** Nothing is left that was appended before the look. */
  readonly isAll: boolean;
}

/** The channels that one look goes into: as many as an answer does, if their positions have room. */
const windowOf = ({ channels, behind }: FirstOf['taken']): FirstOf['taken'] => {
  let left = HALF;
  const reached = channels.findIndex((channel) => {
    left -= bytesOfPlace(channel, 'x'.repeat(32));
    return left < 0;
  });
  return reached < 0 ? { channels, behind } : { channels: channels.slice(0, reached), behind: channels[reached - 1] };
};

/** From where a channel is read. */
export const fromOf = (place: Place | undefined, since: number): Source['from'] =>
  place === undefined ? { since } : { after: { epoch: place.epoch, offset: place.offset } };

/**
 * The channels behind one that may have something behind a cursor, in the order of their names: those that the patterns
 * name, those of which it was asked for, and those that were appended to since.
 *
 * @throws DependencyAway
 */
export const channelsOf = async (
  history: History,
  hearing: Hearing,
  { since, positions }: Pick<Cursor, 'since' | 'positions'>,
  after: string,
  most: number,
): Promise<FirstOf['taken']> => {
  const first = new FirstOf(after, most);
  for (const channel of hearing.channels) first.add(channel);
  for (const [channel, { isAsked }] of positions) if (isAsked && hearing.hears(channel)) first.add(channel);
  await addActive(history, hearing, since, first);
  return first.taken;
};

/**
 * Looks for what was appended behind a cursor on the channels that are heard, private events left out.
 *
 * It is done with its channels once it has told all that was appended before the pass began. It tells what is oldest
 * first, so that is so as soon as it told something younger: a channel on which more is published than anybody reads does
 * not keep the others waiting.
 *
 * @throws DependencyAway
 */
export const look = async (history: History, hearing: Hearing, cursor: Cursor, most: Most): Promise<Look> => {
  const { earliest } = await history.time();
  const { began, behind: after } = cursor.pass ?? { began: earliest, behind: '' };
  const { channels, behind } = windowOf(await channelsOf(history, hearing, cursor, after, ANSWER_CHANNELS));

  const sources = channels.map(
    (channel): Source => ({ name: { channel }, from: fromOf(cursor.positions.get(channel), cursor.since) }),
  );
  const { events, rest, missing } = await mergeHistories(
    history,
    sources,
    {},
    most.events,
    Number.POSITIVE_INFINITY,
    most.bytes,
  );
  const told = Map.groupBy(events, ({ name }) => name.channel);
  const ends = new Map(missing.map(({ name, at }) => [name.channel, at]));
  const isDone = rest.length === 0 || (events.at(-1)?.event.timestamp ?? 0) >= began;

  const positions = new Map(cursor.positions);
  const gaps: Gap[] = [];
  for (const channel of channels) {
    const before = positions.get(channel);
    const of: readonly Position[] = (told.get(channel) ?? []).map(({ event: { epoch, offset } }) => ({
      epoch,
      offset,
    }));
    const standing = ends.get(channel);
    // A history that ended and has not begun again: of what was behind, its next event will tell.
    const isOver = standing?.offset === 0 && of.length === 0;
    const end = isOver ? undefined : standing;
    // Whoever begins with what is kept misses nothing of what is not.
    const isBeginning = before === undefined && cursor.since === 0;
    gaps.push(...gapsOf(channel, before, of, end).filter(({ from }) => from !== null || !isBeginning));
    const at = end ?? of.at(-1);
    const isAsked = before?.isAsked === true && !isDone;
    if (at === undefined && before === undefined) continue;
    const { epoch, offset } = (at ?? before) as Position;
    // Those last that were read last.
    if (at !== undefined) positions.delete(channel);
    positions.set(channel, { epoch, offset, ...(isAsked ? { isAsked } : {}) });
  }
  const isAll = isDone && behind === undefined;
  const goesOn = { began, behind: isDone && behind !== undefined ? behind : after };
  return {
    events,
    gaps,
    next: isAll ? { since: began, positions } : { since: cursor.since, pass: goesOn, positions },
    channels: new Set(channels),
    isAll,
  };
};
