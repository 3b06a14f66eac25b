import { expect, it } from 'vitest';
import type { Position } from '../../lib/protocol/position.ts';
import { replay } from '../../lib/sync/replay/replay.ts';
import { connection, event } from '../unit/sync/world.ts';
import { countedRedis, redisUnderTest } from './redis.ts';

const alice = connection('A', 'alice');
const settings = { enabled: true, retention: 60_000, batchSize: 100, maxEvents: 1_000 };

it('[R-14] [R-12] goes back over large events, and those that several users share, in few round trips', async () => {
  const { trips, history, subscriptions, scratch, meter } = await countedRedis();
  const world = { history, subscriptions, scratch, meter, replay: settings };
  // Each takes more than a page of Redis brings by itself, and all of them more than one answer holds.
  const large = (i: number): string =>
    JSON.stringify(Array.from({ length: 40_000 }, (_, n) => (n * 7_919 + i) % 1_000_003));
  for (let i = 0; i < 36; i++) {
    const data = i % 2 === 0 ? large(i) : String(i);
    await history.append([event('a', `${i}`, { data, targetUsers: ['alice', 'bob'] })]);
  }
  const found: string[] = [];
  let pages = 0;
  for (let before: Position | undefined; ; pages++) {
    trips.take();
    const place = before === undefined ? {} : { before };
    const page = await replay(world, alice, { type: 'replay', channels: ['a'], last: 36, private: true, ...place });
    // Each look is two: what stands elsewhere is brought by the second.
    expect(trips.take()).toBeLessThan(24);
    expect(page.recovered).toBe(true);
    expect(page.events.every(({ omitted }) => omitted === undefined)).toBe(true);
    found.unshift(...page.events.map(({ id }) => id));
    if (!page.before) break;
    before = page.before;
  }
  expect(found).toEqual(Array.from({ length: 36 }, (_, i) => `${i}`));
  expect(pages).toBeGreaterThan(0);
});

it('[R-15] says what is gone: events that expired, counters that were evicted, and a place of before that', async () => {
  const { client, keys, history, subscriptions, scratch, meter } = redisUnderTest();
  const world = { history, subscriptions, scratch, meter, replay: settings };
  const back = (before?: Position) =>
    replay(world, alice, { type: 'replay', channels: ['a'], last: 2, ...(before && { before }) });
  await history.append(['1', '2', '3', '4'].map((id) => event('a', id)));
  const newest = await back();
  const [counters, events] = keys.history('a');
  await client.del(events);
  const expired = await back(newest.before ?? undefined);
  expect(expired).toMatchObject({ events: [], recovered: false, before: null, lost: ['a'] });
  expect(expired.positions['a']).toEqual({ offset: 4, epoch: newest.before?.epoch });
  await history.append([event('a', '5')]);
  await client.del(counters);
  // Nobody counts these events any more.
  expect(await back()).toMatchObject({ events: [], recovered: false, before: null, positions: {} });
  await history.append([event('a', '6')]);
  expect(await back()).toMatchObject({ events: [{ id: '6', offset: 1 }], recovered: true, before: null });
  expect(await back({ offset: 5, epoch: newest.before?.epoch ?? '' })).toMatchObject({ events: [], recovered: false });
});
