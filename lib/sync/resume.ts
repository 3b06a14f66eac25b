import type { Recorded } from '../ports/broadcast.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { History, Span, StoredEvent } from '../ports/history.ts';
import type { Unfinished } from '../ports/postings.ts';
import { Fenced } from '../ports/turn.ts';
import { parseChannel } from '../protocol/channel.ts';
import { DeadlineExceeded, throwAfter } from './deadline.ts';
import type { Delivered } from './deliver.ts';
import { type FanOutWorld, post } from './post.ts';
import { Progress } from './progress.ts';
import { wholeOf } from './replay/whole.ts';
import { retry } from './retry.ts';
import type { HeldTurn } from './turns.ts';

/** Histories read at a time. */
const PAGE = 1_000;

/** Events read of one history at a time. */
const MOST = 1_000;

/** Whether a failure is nobody’s fault: the batch comes back, and none of its messages is to blame. */
export const isPassing = (error: unknown): boolean =>
  error instanceof DependencyAway || error instanceof Fenced || error instanceof DeadlineExceeded;

/** An event of a span. */
interface Found {
  readonly span: Span;
  readonly event: StoredEvent;
}

/** @param data - of the event. */
const recordedOf = ({ span: { name }, event }: Found, data: string): Recorded => {
  const { id, category, priority, userId, traceparent, epoch, offset, timestamp } = event;
  const at = { epoch, offset, timestamp, duplicate: false };
  const told = {
    ...{ id, category, priority, data },
    ...(userId === undefined ? {} : { userId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const broadcast = { ...told, channel: parseChannel(name.channel) };
  if (name.user === undefined) return { broadcast, at };
  return { broadcast: { ...broadcast, targetUsers: [name.user] }, atUser: new Map([[name.user, at]]) };
};

/**
 * Events with their data, which a page leaves out where it is large, in as few round trips as an answer’s bytes allow.
 *
 * @returns parts of them, in order; undefined for one that is not there any more.
 */
async function* inWhole(history: History, found: readonly Found[]): AsyncGenerator<readonly (Found | undefined)[]> {
  for (let at = 0; at < found.length; ) {
    const left = at === 0 ? found : found.slice(at);
    const events = await wholeOf(
      history,
      left.map(({ span: { name }, event }) => ({ name, event })),
      Number.POSITIVE_INFINITY,
    );
    yield events.map((event, i) => event && { span: (left[i] as Found).span, event });
    at += events.length;
  }
}

/** The events of some spans, and whether these were all of them. @throws DeadlineExceeded */
const read = async ({ history, clock }: FanOutWorld, spans: readonly Span[], deadline: number) => {
  const recorded: Recorded[] = [];
  // A broadcast to many users is stored for each: its data is held once.
  const texts = new Map<string, string>();
  const heldOnce = (text: string): string => {
    const held = texts.get(text) ?? text;
    texts.set(held, held);
    return held;
  };
  let isWhole = true;
  let left = spans;
  while (left.length > 0) {
    throwAfter(deadline, clock);
    const some = left.slice(0, PAGE);
    const pages = await history.read(
      some.map(({ name, epoch, after, upTo }) => ({
        ...{ name, from: { after: { epoch, offset: after } } },
        most: Math.min(upTo - after, MOST),
      })),
      {},
    );
    const rest: Span[] = [];
    const found: Found[] = [];
    for (const [i, { events, read: looked, more, missing }] of pages.entries()) {
      const span = some[i] as Span;
      if (missing) isWhole = false;
      for (const event of events) {
        if (event.offset > span.upTo) break;
        found.push({ span, event });
      }
      if (!more || looked.offset >= span.upTo) continue;
      if (looked.offset > span.after) rest.push({ ...span, after: looked.offset });
      else isWhole = false;
    }
    for await (const part of inWhole(history, found)) {
      for (const each of part) {
        if (each === undefined) isWhole = false;
        else recorded.push(recordedOf(each, heldOnce(each.event.data)));
      }
      throwAfter(deadline, clock);
    }
    left = [...rest, ...left.slice(PAGE)];
  }
  return { recorded, isWhole };
};

/** It is posted where its messages come again. */
const NOT_POSTED = { delivered: { events: 0, taken: 0, gone: 0, stuck: 0 }, isKnown: false };

/**
 * Finishes what an earlier turn of the shard did not: posts what that one appended, and what others appended between, to
 * those whom it had not all gone out to.
 *
 * @param onFailure - told why it could not be posted, unless that is nobody’s fault.
 * @returns what was delivered, and whether that was all. It is nothing where an event is not kept any more, or cannot be posted:
 *   then all of them are posted where their messages come again.
 * @throws DeadlineExceeded
 * @throws Fenced
 * @throws DependencyAway
 */
export const resume = async (
  world: FanOutWorld,
  held: HeldTurn,
  { fence, histories, upTo }: Unfinished,
  deadline: number,
  onFailure: (error: unknown) => void,
): Promise<{ readonly delivered: Delivered; readonly isKnown: boolean }> => {
  const { clock, history } = world;
  const spans = await retry(clock, deadline, () => history.fence(histories, held.turn));
  const unposted = spans.filter((span) => span.fence === fence);
  const { recorded, isWhole } = await retry(clock, deadline, () => read(world, unposted, deadline));
  // What is left of a span would overtake what is gone of it, which only its messages bring.
  if (!isWhole) return NOT_POSTED;
  try {
    const delivered = await post(world, recorded, deadline, new Progress(held, fence, clock), upTo);
    return { delivered, isKnown: true };
  } catch (error) {
    if (isPassing(error)) throw error;
    onFailure(error);
    return NOT_POSTED;
  }
};
