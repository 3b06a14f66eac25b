import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Broadcast } from '../../lib/ports/broadcast.ts';
import { DependencyAway } from '../../lib/ports/dependency.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { connection, event } from '../unit/sync/world.ts';
import { fanningWorld, incoming } from '../unit/sync/worlds.ts';
import { redisUnderTest } from './redis.ts';

it('[B-2] [A-3] large events to many users are posted whole by whoever finishes their batch, before its own', async () => {
  const { history, subscriptions, directory, turns } = redisUnderTest();
  const audience = new Audience(subscriptions, 100, () => undefined);
  const world = { ...fanningWorld(), history, subscriptions, directory, turns, audience, clock: systemClock };
  await subscriptions.add(connection('b'), [{ text: 'x', found: 'by-name' }], 10);
  const fan = (patience: number, ...events: readonly Broadcast[]) =>
    fanOut(world, incoming(...events), systemClock.elapsed() + patience);
  // Larger than the part that each history has of what one reading brings.
  const text = randomBytes(10_000).toString('hex');
  const targetUsers = ['b', ...Array.from({ length: 900 }, (_, n) => `user-${n}`)];
  const large = event('x', '1', { data: JSON.stringify(text), targetUsers });
  world.gateway.outcome = () => {
    throw new DependencyAway('gateway', new Error('away'));
  };
  await expect(fan(2_000, large, event('x', '2'))).rejects.toThrow();
  world.gateway.outcome = () => 'taken';
  await fan(20_000, event('x', '3'));
  expect(world.gateway.heard.get('b')?.map(({ id, data }) => [id, data])).toEqual([
    ['1', text],
    ['2', {}],
    ['3', {}],
  ]);
});

it('[B-2] [A-3] many large events to many users are read in few round trips', async () => {
  const { history, subscriptions, directory, turns } = redisUnderTest();
  const audience = new Audience(subscriptions, 100, () => undefined);
  let reads = 0;
  const read = history.read.bind(history);
  history.read = async (requests, filter) => {
    reads++;
    return read(requests, filter);
  };
  const world = { ...fanningWorld(), history, subscriptions, directory, turns, audience, clock: systemClock };
  await subscriptions.add(connection('b'), [{ text: 'x', found: 'by-name' }], 10);
  const fan = (patience: number, ...events: readonly Broadcast[]) =>
    fanOut(world, incoming(...events), systemClock.elapsed() + patience);
  const targetUsers = ['b', ...Array.from({ length: 400 }, (_, n) => `user-${n}`)];
  const large = Array.from({ length: 3 }, (_, n) =>
    event('x', `${n}`, { data: JSON.stringify(randomBytes(12_000).toString('hex')), targetUsers }),
  );
  world.gateway.outcome = () => {
    throw new DependencyAway('gateway', new Error('away'));
  };
  await expect(fan(2_000, ...large)).rejects.toThrow();
  world.gateway.outcome = () => 'taken';
  await fan(20_000, event('x', 'behind'));
  expect(world.gateway.heard.get('b')?.map(({ id }) => id)).toEqual(['0', '1', '2', 'behind']);
  expect(reads).toBeLessThan(30);
});
