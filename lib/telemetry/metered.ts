import type { Backlog } from '../ports/backlog.ts';
import type { Bus } from '../ports/bus.ts';
import type { Directory } from '../ports/directory.ts';
import type { History } from '../ports/history.ts';
import type { Counters, Meter } from '../ports/meter.ts';
import type { Postings } from '../ports/postings.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import { around } from './around.ts';

/** Milliseconds since `began`, which `performance.now()` gave. */
const since = (began: number): number => performance.now() - began;

/**
 * A method that takes waiting counts along, in the round trip it makes.
 *
 * @param method - sends its first command before it returns.
 */
const riding =
  <Given extends unknown[], Result>(counters: Pick<Counters, 'ride'>, method: (...given: Given) => Result) =>
  (...given: Given): Result => {
    const result = method(...given);
    counters.ride();
    return result;
  };

/** A method that is timed as a stage of an event’s way. One that fails is not. */
const timed =
  <Given extends unknown[], Result>(
    meter: Pick<Meter, 'observe'>,
    stage: string,
    method: (...given: Given) => Promise<Result>,
  ) =>
  async (...given: Given): Promise<Result> => {
    const began = performance.now();
    const result = await method(...given);
    meter.observe('events_stage_duration', { stage }, since(began));
    return result;
  };

/** A bus whose confirmed broadcasts are counted and timed. */
export const meteredBus = <B extends Bus>(inner: B, meter: Meter): B => {
  const publish = timed(meter, 'publish', inner.publish.bind(inner));
  return around(inner, {
    publish: async (broadcast) => {
      await publish(broadcast);
      meter.count('events_accepted', {});
    },
  } satisfies Partial<Bus> as Partial<B>);
};

/** A history whose appends are timed, and take waiting counts along, as reads do. */
export const meteredHistory = <H extends History>(inner: H, counters: Counters, meter: Meter): H =>
  around(inner, {
    append: timed(meter, 'append', riding(counters, inner.append.bind(inner))),
    positions: riding(counters, inner.positions.bind(inner)),
    read: riding(counters, inner.read.bind(inner)),
  } satisfies Partial<History> as Partial<H>);

/** A directory that takes waiting counts along with what is asked of it most. */
export const meteredDirectory = <D extends Directory>(inner: D, counters: Counters): D =>
  around(inner, {
    open: riding(counters, inner.open.bind(inner)),
    find: riding(counters, inner.find.bind(inner)),
    close: riding(counters, inner.close.bind(inner)),
  } satisfies Partial<Directory> as Partial<D>);

/** Subscriptions that take waiting counts along with what is asked of them most. */
export const meteredSubscriptions = <S extends Subscriptions>(inner: S, counters: Counters): S =>
  around(inner, {
    add: riding(counters, inner.add.bind(inner)),
    remove: riding(counters, inner.remove.bind(inner)),
    changes: riding(counters, inner.changes.bind(inner)),
  } satisfies Partial<Subscriptions> as Partial<S>);

/** Subscriptions as the fan-out asks them for an audience, which is timed. */
export const meteredAudience = <S extends Subscriptions>(inner: S, meter: Meter): S =>
  around(inner, {
    listeners: timed(meter, 'audience', inner.listeners.bind(inner)),
  } satisfies Partial<Subscriptions> as Partial<S>);

/** A backlog that takes waiting counts along with each look for what waits. */
export const meteredBacklog = <B extends Backlog>(inner: B, counters: Counters): B =>
  around(inner, {
    waiting: riding(counters, inner.waiting.bind(inner)),
  } satisfies Partial<Backlog> as Partial<B>);

/** Postings of which it is counted how often they came on. */
export const meteredPostings = <P extends Postings>(inner: P, meter: Meter): P => {
  const reached = new Map<string, string>();
  return around(inner, {
    advance: async (turn, of, upTo) => {
      await inner.advance(turn, of, upTo);
      const place = `${of} ${upTo}`;
      if (upTo === undefined || reached.get(turn.shard) === place) return;
      reached.set(turn.shard, place);
      meter.count('rabbitmq_shard_steps', { queue: turn.shard });
    },
  } satisfies Partial<Postings> as Partial<P>);
};
