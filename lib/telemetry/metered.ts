import type { Bus } from '../ports/bus.ts';
import type { Gateway, Posted } from '../ports/gateway.ts';
import type { Counters, Meter } from '../ports/meter.ts';
import { around } from './around.ts';

/** Milliseconds since `began`, which `performance.now()` gave. */
const since = (began: number): number => performance.now() - began;

type Method = (...values: never[]) => Promise<unknown>;

/**
 * An adapter of Redis of which some methods take waiting counts along, in the round trip they make.
 *
 * @param methods - those that send their first command before they return.
 */
export const riding = <T extends object>(inner: T, counters: Counters, methods: readonly (keyof T)[]): T =>
  around(
    inner,
    Object.fromEntries(
      methods.map((name) => {
        const method = (inner[name] as Method).bind(inner);
        const ride: Method = (...values) => {
          const result = method(...values);
          counters.ride();
          return result;
        };
        return [name, ride];
      }),
    ) as Partial<T>,
  );

/** A bus whose confirmed broadcasts are counted and timed. */
export const meteredBus = <B extends Bus>(inner: B, meter: Meter): B =>
  around(inner, {
    publish: async (broadcast) => {
      const began = performance.now();
      await inner.publish(broadcast);
      meter.count('events_accepted', {});
      meter.observe('events_stage_duration', { stage: 'publish' }, since(began));
    },
  } as Partial<B>);

/** Tenths of a millisecond, to which posts are timed. */
const PARTS = 10;

/**
 * Posts on their way to the meter, once a turn of the event loop: there is one for every listener, many end in one turn,
 * and of these many take equally long.
 */
class PostTally {
  readonly #meter: Meter;
  #outcomes = new Map<Posted, number>();
  /** How many took so many parts of a millisecond. */
  #durations = new Map<number, number>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  add(outcome: Posted, duration: number): void {
    if (this.#outcomes.size === 0) setImmediate(() => this.#tell());
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    const parts = Math.round(PARTS * duration);
    this.#durations.set(parts, (this.#durations.get(parts) ?? 0) + 1);
  }

  #tell(): void {
    const [outcomes, durations] = [this.#outcomes, this.#durations];
    this.#outcomes = new Map();
    this.#durations = new Map();
    for (const [outcome, count] of outcomes) this.#meter.count('frames_posted', { outcome }, count);
    for (const [parts, count] of durations) {
      this.#meter.observe('events_stage_duration', { stage: 'post' }, parts / PARTS, count);
    }
  }
}

/** A gateway whose posts are counted by their outcome and timed. */
export const meteredGateway = <G extends Gateway>(inner: G, meter: Meter): G => {
  const tally = new PostTally(meter);
  return around(inner, {
    post: async (connection, frame, patience) => {
      const began = performance.now();
      const posted = await inner.post(connection, frame, patience);
      tally.add(posted, since(began));
      return posted;
    },
  } as Partial<G>);
};

/** What carries posts, and answers with a status. */
interface Transport {
  post(...values: never[]): Promise<number>;
}

/** A transport whose refusals for want of quota are counted; what is refused is tried again. */
export const meteredTransport = <T extends Transport>(inner: T, meter: Meter): T =>
  around(inner, {
    post: async (...values) => {
      const status = await inner.post(...values);
      if (status === 429) meter.count('frames_throttled', {});
      return status;
    },
  } as Partial<T>);

/** An object of which one method is timed as a stage of an event’s way. */
export const timed = <T extends object>(inner: T, name: keyof T, stage: string, meter: Meter): T => {
  const method = (inner[name] as Method).bind(inner);
  const measured: Method = async (...values) => {
    const began = performance.now();
    const result = await method(...values);
    meter.observe('events_stage_duration', { stage }, since(began));
    return result;
  };
  return around(inner, { [name]: measured } as Partial<T>);
};
