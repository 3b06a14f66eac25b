import type { Bus } from '../ports/bus.ts';
import type { Counters, Meter } from '../ports/meter.ts';
import type { Postings } from '../ports/postings.ts';
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
  } as Partial<P>);
};

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
