import { expect, it } from 'vitest';
import { measureConsumers } from '../../../lib/sync/consume/measure.ts';
import { fanningWorld } from './worlds.ts';

it('looks at a thousand consumers in one run, however many there are, and at none twice', async () => {
  const { history, clock } = fanningWorld();
  const looked: string[] = [];
  let next = 0;
  const consumers = {
    round: async (count: number) => Array.from({ length: count }, () => ({ user: 'bob', name: `c${next++ % 1_500}` })),
    find: async (_: string, name: string) => {
      looked.push(name);
      return undefined;
    },
  };
  const meter = { set: () => undefined };
  expect(await measureConsumers({ consumers, history, meter, clock }, Number.POSITIVE_INFINITY)).toBe(1_000);
  expect(new Set(looked).size).toBe(looked.length);
  expect(looked.length).toBe(1_000);
});
