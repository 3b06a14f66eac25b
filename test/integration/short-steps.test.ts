import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RedisClient } from '../../lib/redis/client.ts';
import { around } from '../../lib/telemetry/around.ts';
import { connection, event } from '../unit/sync/world.ts';
import { adapters, redisUnderTest } from './redis.ts';

const MEGABYTE = 2 ** 20;
const LIFETIME = 9_000_000;

/** What does not become smaller. */
const dense = (bytes: number): string => JSON.stringify(randomBytes(bytes).toString('base64'));

/** Keys and arguments of `lua/append.lua` before the events, and of each event. */
const BEFORE = 19;
const OF_EVENT = 6;

it('[E-1] [B-4] a step appends few events, however many come to one channel, and tells each its place', async () => {
  const { client, history, meter } = redisUnderTest();
  const steps: number[] = [];
  const append = client.append.bind(client) as (...values: readonly unknown[]) => unknown;
  Object.assign(client, {
    append: (...values: readonly unknown[]) => {
      steps.push((values.length - BEFORE) / OF_EVENT);
      return append(...values);
    },
  });
  const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`);
  // The first comes again behind the last, in another step.
  const recorded = await history.append([...ids, '0'].map((id) => event('a', id)));
  expect(recorded.map((each) => 'at' in each && each.at.offset)).toEqual([...ids.map((_, i) => i + 1), 1]);
  expect(recorded.map((each) => 'at' in each && each.at.duplicate)).toEqual([...ids.map(() => false), true]);
  expect(Math.max(...steps)).toBeLessThanOrEqual(200);
  expect(steps.reduce((sum, count) => sum + count)).toBe(1_000);
  expect(meter.numbers.get('events_appended')).toBe(1_000);
  expect(meter.numbers.get('events_duplicate')).toBe(1);

  steps.length = 0;
  await history.append(Array.from({ length: 9 }, (_, i) => event('large', `${i}`, { data: dense(300_000) })));
  expect(steps.length).toBeGreaterThanOrEqual(2);
});

/** A history whose steps of a read are noted: how many bytes each brought. */
const watchedReads = () => {
  const { client, prefix } = redisUnderTest();
  const steps: number[] = [];
  const watched = around<RedisClient>(client, {
    readBuffer: async (...values: Parameters<typeof client.readBuffer>) => {
      const answers = await client.readBuffer(...values);
      steps.push(answers.flat().reduce<number>((sum, part) => sum + (typeof part === 'number' ? 8 : part.length), 0));
      return answers;
    },
  });
  return { history: adapters(watched, prefix).history, steps };
};

it('[R-3] a step of a read brings no more than a megabyte of events that come together', async () => {
  const { history, steps } = watchedReads();
  for (let i = 0; i < 8; i++) await history.append([event('a', `${i}`, { data: dense(300_000) })]);
  const [page] = await history.read([{ name: { channel: 'a' }, from: { since: 0 }, most: 100 }], {});
  expect(page).toMatchObject({ more: true });
  expect(page?.events.length).toBeGreaterThan(1);
  expect(Math.max(...steps)).toBeLessThanOrEqual(1.1 * MEGABYTE);
});

it('[R-3] many histories are read by few steps, and a step brings no more of many than of one', async () => {
  const { history, steps } = watchedReads();
  const small = Array.from({ length: 1_000 }, (_, i) => event(`small:${i}`, `${i}`));
  await history.append(small);
  const all = await history.read(
    small.map(({ channel }) => ({ name: { channel: channel.text }, from: { since: 0 }, most: 10 })),
    {},
  );
  expect(all.map(({ events }) => events.map(({ id }) => id))).toEqual(small.map(({ id }) => [id]));
  expect(steps.length).toBeLessThanOrEqual(20);

  steps.length = 0;
  const large = Array.from({ length: 12 }, (_, i) => event(`large:${i}`, `${i}`, { data: dense(200_000) }));
  await history.append(large);
  const pages = await history.read(
    large.map(({ channel }) => ({ name: { channel: channel.text }, from: 'latest', most: 1 })),
    {},
  );
  expect(pages.map(({ events }) => events.map(({ id }) => id))).toEqual(large.map(({ id }) => [id]));
  expect(Math.max(...steps)).toBeLessThanOrEqual(1.1 * MEGABYTE);

  steps.length = 0;
  await history.read(
    small.map(({ channel }) => ({ name: { channel: channel.text }, from: { since: 0 }, most: 1_000 })),
    { categories: ['rare'] },
  );
  // Each may look at a hundred entries.
  expect(steps.length).toBe(50);
});

it('[O-2] connections that are long gone are dropped a part at a time', async () => {
  const { client, keys } = redisUnderTest();
  const now = Date.now();
  const old = Array.from({ length: 2_500 }, (_, i) => [String(now - 2 * LIFETIME), `gone-${i}`]).flat();
  await client.zadd(keys.open, ...old);
  const dropped: number[] = [];
  for (let i = 0; i < 4; i++) dropped.push((await client.enlist(keys.open, now, LIFETIME, `new-${i}`))[1]);
  expect(dropped).toEqual([1_000, 1_000, 500, 0]);
});

it('[S-3] of many that left an audience at once, those that follow forget a few each', async () => {
  const { client, keys, subscriptions, directory } = redisUnderTest();
  const alice = connection('A', 'alice');
  await directory.open(alice);
  await subscriptions.add(alice, [{ text: 'a', found: 'by-name' }], 10);
  const left = keys.left('a');
  const long = Array.from({ length: 100 }, (_, i) => ['1', `gone-${i}`]).flat();
  await client.zadd(left, ...long);
  await subscriptions.remove(alice, ['a']);
  expect(await client.zcard(left)).toBe(100 - 16 + 1);
});
