import { expect, it } from 'vitest';
import {
  acknowledge,
  listConsumers,
  placeConsumer,
  putConsumer,
  removeConsumer,
  showConsumer,
} from '../../../lib/sync/consume/consumers.ts';
import { pull } from '../../../lib/sync/consume/pull.ts';
import { consuming } from './consuming.ts';

type Asking = (on: ReturnType<typeof consuming>) => Promise<unknown>;

const PULL = { limit: 1, bytes: 1_000, wait: 0, lease: 1_000 };

it.each<[string, Asking]>([
  ['made', ({ world, me }) => putConsumer(world, me, 'new', { patterns: ['**'], since: 'now' })],
  ['changed', ({ world, me }) => putConsumer(world, me, 'mine', { patterns: ['a'], since: 'now' })],
  ['moved', ({ world, me }) => placeConsumer(world, me, 'mine', { since: 0 } as never)],
  ['shown', ({ world, me }) => showConsumer(world, me, 'mine')],
  ['listed', ({ world, me }) => listConsumers(world, me)],
  ['removed', ({ world, me }) => removeConsumer(world, me, 'mine')],
  ['acknowledged', ({ world, me }) => acknowledge(world, me, 'mine', 'lease' as never)],
  ['pulled', ({ world, me }) => pull(world, me, 'mine', PULL as never)],
])('[L-2] for who is over the limit nothing is %s, and nothing looked at', async (_, ask) => {
  const on = consuming();
  await on.during(() => on.put('mine', { patterns: ['**'] }));
  on.limiter.exceeded = { level: 'user', points: 1, duration: 1, retryAfter: 5_000, persistent: false };
  const asked: string[] = [];
  const watched = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        asked.push(String(name));
        return member.bind(target);
      },
    });
  const { world } = on;
  const held = { ...on, world: { ...world, consumers: watched(world.consumers), history: watched(world.history) } };
  await expect(ask(held as never)).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', retryAfter: 5_000 });
  expect(asked).toEqual([]);
});
