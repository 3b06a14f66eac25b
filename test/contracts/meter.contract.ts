import { describe, expect, it } from 'vitest';
import type { Meter } from '../../lib/ports/meter.ts';

/** What a contract is held against. */
export interface MeterKind {
  readonly name: string;
  open(): {
    readonly meter: Meter /** By series, without histograms. */;
    numbers(): Promise<ReadonlyMap<string, number>>;
  };
}

/** What {@link Meter} promises. */
export const meterContract = (kind: MeterKind): void => {
  describe(`the meter (${kind.name})`, () => {
    it('[O-2] adds up what is counted, and keeps the last of what is set, each by its dimensions', async () => {
      const { meter, numbers } = kind.open();
      meter.count('events_accepted', {});
      meter.count('events_accepted', {}, 2);
      meter.count('events_duplicate', {}, 0);
      meter.set('rabbitmq_shard_lag', { queue: 'events.1' }, 40);
      meter.set('rabbitmq_shard_lag', { queue: 'events.1' }, 30);
      meter.set('rabbitmq_shard_lag', { queue: 'events.2' }, 7);
      meter.observe('events_latency', {}, 3.25, 2);
      const kept = [...(await numbers())].filter(([series]) => !series.startsWith('events_latency'));
      expect(Object.fromEntries(kept)).toEqual({
        events_accepted: 3,
        'rabbitmq_shard_lag{queue=events.1}': 30,
        'rabbitmq_shard_lag{queue=events.2}': 7,
      });
    });
  });
};
