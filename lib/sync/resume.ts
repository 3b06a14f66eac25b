import type { Recorded } from '../ports/broadcast.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { History, Span, StoredEvent } from '../ports/history.ts';
import { Fenced, type Unfinished } from '../ports/postings.ts';
import { parseChannel } from '../protocol/channel.ts';
import { DeadlineExceeded } from './deadline.ts';
import type { Delivered } from './deliver.ts';
import { persist } from './persist.ts';
import { type FanOutWorld, post } from './post.ts';
import { Progress } from './progress.ts';
import type { HeldTurn } from './turns.ts';

/** Histories read at a time. */
const PAGE = 1_000;

/** Events read of one history at a time. */
const MOST = 1_000;

/** Whether a failure is nobody’s fault: the batch comes back, and none of its messages is to blame. */
export const isPassing = (error: unknown): boolean =>
  error instanceof DependencyAway || error instanceof Fenced || error instanceof DeadlineExceeded;

const recordedOf = ({ name }: Span, event: StoredEvent): Recorded => {
  const { id, category, priority, userId, data, epoch, offset, timestamp } = event;
  const at = { epoch, offset, timestamp, duplicate: false };
  const told = { id, category, priority, data, ...(userId === undefined ? {} : { userId }) };
  const broadcast = { ...told, channel: parseChannel(name.channel) };
  if (name.user === undefined) return { broadcast, at };
  return { broadcast: { ...broadcast, targetUsers: [name.user] }, atUser: new Map([[name.user, at]]) };
};

/** An event with its data, which a page leaves out where it is large; undefined where it is not there any more. */
const whole = async (history: History, { name }: Span, event: StoredEvent): Promise<StoredEvent | undefined> => {
  const { apart, epoch, offset } = event;
  if (apart === undefined) return event;
  const from = { after: { epoch, offset: offset - 1 } };
  const [page] = await history.read([{ name, from, most: 1, bytes: apart }], {});
  return page?.events.find((each) => each.offset === offset && each.apart === undefined);
};

/** The events of some spans, and whether these were all of them. */
const read = async ({ history }: FanOutWorld, spans: readonly Span[]) => {
  const recorded: Recorded[] = [];
  let isWhole = true;
  let left = spans;
  while (left.length > 0) {
    const some = left.slice(0, PAGE);
    const pages = await history.read(
      some.map(({ name, epoch, after, upTo }) => ({
        ...{ name, from: { after: { epoch, offset: after } } },
        most: Math.min(upTo - after, MOST),
      })),
      {},
    );
    const rest: Span[] = [];
    for (const [i, { events, read: looked, more, missing }] of pages.entries()) {
      const span = some[i] as Span;
      if (missing) isWhole = false;
      for (const event of events) {
        if (event.offset > span.upTo) break;
        const found = await whole(history, span, event);
        if (found === undefined) isWhole = false;
        else recorded.push(recordedOf(span, found));
      }
      if (!more || looked.offset >= span.upTo) continue;
      if (looked.offset > span.after) rest.push({ ...span, after: looked.offset });
      else isWhole = false;
    }
    left = [...rest, ...left.slice(PAGE)];
  }
  return { recorded, isWhole };
};

/**
 * Finishes what an earlier turn of the shard did not: posts exactly what that one appended, to those whom it had not all
 * gone out to.
 *
 * @returns what was delivered, and whether that was all. It is not where events are not kept, or cannot be posted: then
 *   they are posted where their messages come again.
 * @throws DeadlineExceeded
 * @throws Fenced
 * @throws DependencyAway
 */
export const resume = async (
  world: FanOutWorld,
  held: HeldTurn,
  { fence, histories, upTo }: Unfinished,
  deadline: number,
): Promise<{ readonly delivered: Delivered; readonly isKnown: boolean }> => {
  const { clock, history } = world;
  const spans = await persist(clock, deadline, () => history.fence(histories, held.turn));
  const unposted = spans.filter((span) => span.fence === fence);
  const { recorded, isWhole } = await persist(clock, deadline, () => read(world, unposted));
  try {
    const delivered = await post(world, recorded, deadline, new Progress(held, fence, clock), upTo);
    return { delivered, isKnown: isWhole };
  } catch (error) {
    if (isPassing(error)) throw error;
    return { delivered: { events: 0, taken: 0, gone: 0, stuck: 0 }, isKnown: false };
  }
};
