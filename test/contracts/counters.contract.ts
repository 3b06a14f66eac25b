import { describe, expect, it } from 'vitest';
import type { StoreKind } from './store.ts';

/** What {@link Counters} promises. */
export const countersContract = (kind: StoreKind): void => {
  describe(`counters (${kind.name})`, () => {
    it('[O-2] what several processes add at the same time adds up exactly', async () => {
      const store = await kind.open();
      const writers = Array.from({ length: 8 }, () => store.adapters().counters);
      for (let i = 0; i < 500; i++) {
        for (const writer of writers) writer.add('events_accepted', 1);
        if (i % 10 === 0) for (const writer of writers) writer.ride();
        if (i % 50 === 0) await store.pass(1);
      }
      await Promise.all(writers.map((writer) => writer.flush()));
      expect(Object.fromEntries((await writers[0]?.read()) ?? [])).toEqual({ events_accepted: 4_000 });
    });

    it('of several values that were set the last one counts', async () => {
      const { counters } = (await kind.open()).adapters();
      expect(await counters.read()).toEqual(new Map());
      counters.set('uptime', 1);
      counters.set('uptime', 7);
      counters.add('__proto__', 2);
      await counters.flush();
      counters.set('uptime', 5);
      await counters.flush();
      expect(await counters.read()).toEqual(
        new Map([
          ['uptime', 5],
          ['__proto__', 2],
        ]),
      );
    });
  });
};
