import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import type { HistoryPage, ReadFrom } from '../../lib/ports/history.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { event } from '../unit/sync/world.ts';
import { keysOf, redisUnderTest } from './redis.ts';

const ids = (page: HistoryPage | undefined): string[] => (page?.events ?? []).map(({ id }) => id);

const reader =
  (under: ReturnType<typeof redisUnderTest>) =>
  async (channel: string, from: ReadFrom, most = 100, filter = {}) => {
    const [page] = await under.history.read([{ name: { channel }, from, most }], filter);
    return page as HistoryPage;
  };

it('gives back what was appended, large and small, whoever published it', async () => {
  const under = redisUnderTest();
  const read = reader(under);
  const large = JSON.stringify({ text: 'ü😀'.repeat(3_000) });
  const { userId: _, ...unknown } = event('a', '3', { data: '[1,2]', priority: 'critical', category: 'kätegorie' });
  await under.history.append([event('a', '1', { data: 'null' }), event('a', '2', { data: large }), unknown]);
  const page = await read('a', { since: 0 });
  expect(page.events).toMatchObject([
    { id: '1', data: 'null', userId: 'bob', priority: 'normal', offset: 1 },
    { id: '2', data: large, offset: 2 },
    { id: '3', data: '[1,2]', priority: 'critical', category: 'kätegorie', offset: 3 },
  ]);
  expect(page.events[2]).not.toHaveProperty('userId');
  // Repetition compresses well; what is kept is far less than what was said.
  const [[, fields] = []] = await under.client.xrange(under.keys.history('a')[1], '2', '2');
  expect(fields?.at(-1)?.length).toBeLessThan(large.length / 20);
});

it('[R-2] tells a reader what was cut, by count', async () => {
  const under = redisUnderTest({ maxEvents: 5 });
  const read = reader(under);
  for (let i = 1; i <= 12; i++) {
    await under.history.append([event('a', `${i}`)]);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const all = await read('a', { since: 0 });
  expect(ids(all)).toEqual(['8', '9', '10', '11', '12']);
  expect(all.missing).toBe(true);
  const [eighth] = all.events;
  const { epoch = '', timestamp = 0 } = eighth ?? {};
  expect((await read('a', { after: { offset: 7, epoch } })).missing).toBe(false);
  expect((await read('a', { after: { offset: 6, epoch } })).missing).toBe(true);
  // Nothing that was appended from then on is gone, though something before is.
  expect(await read('a', { since: timestamp })).toMatchObject({ missing: false });
  expect((await read('a', { since: timestamp - 60_000 })).missing).toBe(true);
});

it('[R-2] tells a reader what expired, and what had expired before the time it asks from', async () => {
  const under = redisUnderTest();
  const read = reader(under);
  await under.history.append([event('a', '1'), event('a', '2')]);
  const { events } = await read('a', { since: 0 });
  const { epoch = '', timestamp = 0 } = events[1] ?? {};
  await under.client.del(under.keys.history('a')[1]);
  expect(await read('a', { since: timestamp })).toMatchObject({ missing: true, more: false, events: [] });
  expect(await read('a', { since: timestamp + 1 })).toMatchObject({ missing: false });
  expect((await read('a', { after: { offset: 1, epoch } })).missing).toBe(true);
  expect((await read('a', { after: { offset: 2, epoch } })).missing).toBe(false);
  await under.history.append([event('a', '3')]);
  expect(ids(await read('a', { after: { offset: 2, epoch } }))).toEqual(['3']);
});

it('reads the same as a plain list would, in pages of any size', async () => {
  const under = redisUnderTest();
  const read = reader(under);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ category: fc.constantFrom('k', 'l'), ahead: fc.nat({ max: 3 }) }), { maxLength: 40 }),
      fc.nat({ max: 45 }),
      fc.integer({ min: 1, max: 7 }),
      fc.boolean(),
      async (steps, place, most, filtered) => {
        const channel = `list-${run++}`;
        const list: { id: string; category: string; timestamp: number; offset: number }[] = [];
        let time = Date.now() + 100_000;
        for (const [i, { category, ahead }] of steps.entries()) {
          time += ahead;
          // The history goes by the later of its clock and the last timestamp, so this sets the clock.
          await under.client.hset(under.keys.history(channel)[0], 'timestamp', String(time));
          await under.history.append([event(channel, `${i}`, { category })]);
          list.push({ id: `${i}`, category, timestamp: time, offset: i + 1 });
        }
        const { positions } = await under.history.positions([channel]);
        const epoch = positions[channel]?.epoch ?? '';
        const filter = filtered ? { categories: ['k'] } : {};
        const since = list[Math.min(place, list.length - 1)]?.timestamp ?? 0;
        const after = Math.min(place, list.length);
        for (const [start, fits] of [
          [{ since }, (each: (typeof list)[0]) => each.timestamp >= since],
          [{ after: { offset: after, epoch } }, (each: (typeof list)[0]) => each.offset > after],
        ] as const) {
          const heard: string[] = [];
          let from: ReadFrom = start;
          for (let pages = 0; ; pages++) {
            const page = await read(channel, from, most, filter);
            expect(page.missing).toBe(false);
            expect(page.events.length).toBeLessThanOrEqual(most);
            heard.push(...ids(page));
            if (!page.more) break;
            expect(pages).toBeLessThan(50);
            from = { after: page.read };
          }
          expect(heard).toEqual(
            list.filter((each) => fits(each) && (!filtered || each.category === 'k')).map(({ id }) => id),
          );
        }
      },
    ),
    { numRuns: 40 },
  );
});

it('[R-10] finds the channels active under a first segment, and a user’s private ones', async () => {
  const under = redisUnderTest();
  const began = Date.now();
  await under.history.append([
    event('user:1', '1'),
    event('user:2', '2'),
    event('memory.x', '3'),
    event('user:3', '4', { targetUsers: ['alice', 'bob'] }),
  ]);
  const active = async (segments: string[] | undefined, since: number) => {
    const found = new Set<string>();
    for await (const page of under.history.activeChannels(segments, since))
      for (const channel of page) found.add(channel);
    return [...found].sort();
  };
  expect(await active(['user'], began)).toEqual(['user:1', 'user:2']);
  expect(await active(undefined, began)).toEqual(['memory.x', 'user:1', 'user:2']);
  expect(await active(undefined, began + 600_000)).toEqual([]);
  expect(await under.history.privateChannels('alice', began)).toEqual(['user:3']);
  expect(await under.history.privateChannels('carol', began)).toEqual([]);
});

it('[R-10] finds the channels of a pattern whatever the clock says of whoever appended to them', async () => {
  const under = redisUnderTest();
  const began = Date.now();
  const clock = vi.spyOn(Date, 'now').mockReturnValue(began - 600_000);
  try {
    await under.history.append([event('jump:a', '1'), event('jump:b', '1', { targetUsers: ['alice'] })]);
  } finally {
    clock.mockRestore();
  }
  const found: string[] = [];
  for await (const page of under.history.activeChannels(['jump'], began)) found.push(...page);
  expect(found).toEqual(['jump:a']);
  expect(await under.history.privateChannels('alice', began)).toEqual(['jump:b']);
});

it('finds thousands of channels noted at one instant', async () => {
  const under = redisUnderTest();
  const key = under.keys.active('many');
  const members = Array.from({ length: 3_500 }, (_, i) => [String(Date.now()), `many:${i}`]).flat();
  await under.client.zadd(key, ...members);
  const found = new Set<string>();
  for await (const page of under.history.activeChannels(['many'], Date.now()))
    for (const channel of page) found.add(channel);
  expect(found.size).toBe(3_500);
});

it('[R-8] keeps a cursor for its user alone, and not for ever', async () => {
  const { cursors, client, prefix } = redisUnderTest();
  const name = await cursors.save('alice', 'content');
  expect(await cursors.load('alice', name)).toBe('content');
  expect(await cursors.load('bob', name)).toBeUndefined();
  expect(await cursors.load('alice', '*')).toBeUndefined();
  const [key = ''] = await keysOf(client, prefix);
  expect(await client.pttl(key)).toBeGreaterThan(590_000);
  expect(await client.pttl(key)).toBeLessThanOrEqual(600_000);
});

it('keeps nothing where replay is switched off, and counts and tells doubles apart all the same', async () => {
  const { RedisHistory } = await import('../../lib/redis/history.ts');
  const { client, keys, meter } = redisUnderTest();
  const off = new RedisHistory(
    client,
    keys,
    { enabled: false, retention: 60_000, maxEvents: 10, compression: 0 },
    meter,
    systemClock,
  );
  const recorded = await off.append([event('a', '1'), event('a', '1'), event('a', '2')]);
  expect(recorded.map((each) => 'at' in each && [each.at.offset, each.at.duplicate])).toEqual([
    [1, false],
    [1, true],
    [2, false],
  ]);
  expect(await client.exists(keys.history('a')[1])).toBe(0);
});
