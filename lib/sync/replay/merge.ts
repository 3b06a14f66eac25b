import type { EventFilter, History, HistoryName, StoredEvent } from '../../ports/history.ts';
import type { Position } from '../../protocol/position.ts';
import { ANSWER_BYTES, ANSWER_TRIPS, Room } from './budget.ts';
import type { Source } from './sources.ts';
import { type Replayed, wholeOf } from './whole.ts';

/** An event that is told, and the history it is of. */
export interface Told extends Replayed {
  /** Its data does not travel: it is too large for its reader. */
  readonly isOmitted: boolean;
}

export interface Merged {
  /** Oldest first, or one channel after another; within a history in the order of offsets. */
  readonly events: readonly Told[];
  /** Histories with more, and from where each goes on. */
  readonly rest: readonly Source[];
  /** Histories of which something asked for is missing, and where a reader stands in each who has these events. */
  readonly missing: readonly {
    readonly name: HistoryName;
    readonly at: Position;
    /** Of a user’s private events: where the reader stands in the channel’s own. */
    readonly beside: Position | undefined;
  }[];
}

interface Stream {
  readonly name: HistoryName;
  from: Source['from'];
  /** Read and not yet taken, oldest first. */
  readonly buffer: StoredEvent[];
  /** Where what was taken ends. */
  taken: Position | undefined;
  /** Where what was read ends. */
  read: Position | undefined;
  more: boolean;
  /** Something asked for is not there. */
  missing: boolean;
  /** Events to read next; doubled by each read, so that one long history among many takes few round trips. */
  share: number;
}

/** Events first read of each history, at the least. */
const LEAST = 2;

const before = (a: Replayed, b: Replayed): number => {
  if (a.event.timestamp !== b.event.timestamp) return a.event.timestamp - b.event.timestamp;
  if (a.name.channel !== b.name.channel) return a.name.channel < b.name.channel ? -1 : 1;
  if (a.name.user !== b.name.user) return a.name.user === undefined ? -1 : 1;
  return a.event.offset - b.event.offset;
};

/**
 * Merges histories, oldest event first, up to a limit. Each is read a little ahead, all that need it in one round trip,
 * so memory is bounded by the number of histories and by what one answer holds in bytes, whatever they hold. After so many
 * round trips it ends as well, with what is certain by then; what was looked at is not looked at again.
 *
 * @param limit - most events.
 * @param mostData - bytes of the largest data that the reader can take.
 * @param mostBytes - of the data of all of them, about.
 */
export const mergeHistories = async (
  history: History,
  sources: readonly Source[],
  filter: EventFilter,
  limit: number,
  mostData: number,
  mostBytes = ANSWER_BYTES,
): Promise<Merged> => {
  const share = Math.max(LEAST, Math.ceil((2 * limit) / Math.max(1, sources.length)));
  const streams: Stream[] = sources.map(({ name, from }) => ({
    name,
    from,
    buffer: [],
    taken: undefined,
    read: undefined,
    more: true,
    missing: false,
    share,
  }));
  const byName = new Map(streams.map((stream) => [stream.name, stream]));
  const events: Told[] = [];
  const room = new Room(mostBytes);
  let isFull = false;

  for (let trips = 0; trips < ANSWER_TRIPS; trips++) {
    const hungry = streams.filter(({ buffer, more }) => more && buffer.length === 0);
    const pages = await history.read(
      hungry.map((stream) => ({ name: stream.name, from: stream.from, most: Math.min(limit, stream.share) })),
      filter,
    );
    pages.forEach((page, i) => {
      const stream = hungry[i] as Stream;
      stream.missing ||= page.missing;
      stream.share *= 2;
      stream.buffer.push(...page.events);
      stream.more = page.more;
      stream.read = page.read;
      stream.from = { after: page.read };
    });
    // One that was read in vain, for all it holds is filtered out, may still have older ones than any other.
    if (streams.some(({ buffer, more }) => more && buffer.length === 0)) continue;

    // Up to the earliest end of what was read of those with more, the order is certain.
    const ends = streams
      .filter(({ more }) => more)
      .map(({ name, buffer }) => ({ name, event: buffer.at(-1) as StoredEvent }));
    const horizon = ends.sort(before)[0];
    const certain = streams
      .flatMap(({ name, buffer }) => buffer.map((event) => ({ name, event })))
      .filter((each) => horizon === undefined || before(each, horizon) <= 0)
      .sort(before)
      .slice(0, limit - events.length);
    for (let at = 0; at < certain.length && !isFull; ) {
      const whole = await wholeOf(history, certain.slice(at), mostData);
      for (const [i, event] of whole.entries()) {
        const { name, event: known } = certain[at + i] as Replayed;
        const stream = byName.get(name) as Stream;
        if (event === undefined) stream.missing = true;
        else {
          const weighed = room.take(event, mostData);
          isFull = weighed === undefined;
          if (weighed === undefined) break;
          events.push({ name, event, isOmitted: weighed.isOmitted });
        }
        stream.buffer.shift();
        stream.taken = { offset: known.offset, epoch: known.epoch };
      }
      at += whole.length;
    }
    if (isFull || events.length === limit || streams.every(({ buffer, more }) => !more && buffer.length === 0)) break;
  }

  // Before what waits in the buffer; or, with nothing waiting, after all that was looked at.
  const standing = ({ buffer: [next], taken, read }: Stream): Position =>
    (next === undefined ? read : (taken ?? { offset: next.offset - 1, epoch: next.epoch })) as Position;
  const missing = streams.filter((stream) => stream.missing);
  const besides = new Map(
    streams.filter(({ name }) => name.user === undefined).map((stream) => [stream.name.channel, stream]),
  );
  const beside = ({ channel, user }: HistoryName): Position | undefined => {
    const stream = user === undefined ? undefined : besides.get(channel);
    return stream && standing(stream);
  };
  return {
    events,
    rest: streams
      .filter(({ buffer, more }) => more || buffer.length > 0)
      .map((stream) => ({ name: stream.name, from: { after: standing(stream) } })),
    missing: missing.map((stream) => ({ name: stream.name, at: standing(stream), beside: beside(stream.name) })),
  };
};
