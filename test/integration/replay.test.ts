import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HistoryPage, ReadFrom } from '../../lib/ports/history.ts';
import { replay } from '../../lib/sync/replay/replay.ts';
import { connection, event } from '../unit/sync/world.ts';
import { adapters, countedRedis, keysOf, redisUnderTest } from './redis.ts';

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

it('finds thousands of channels noted at one instant', async () => {
  const under = redisUnderTest();
  const [key] = under.keys.active('many');
  const members = Array.from({ length: 3_500 }, (_, i) => [String(Date.now()), `many:${i}`]).flat();
  await under.client.zadd(key, ...members);
  const found = new Set<string>();
  for await (const page of under.history.activeChannels(['many:'], Date.now(), ''))
    for (const channel of page) found.add(channel);
  expect(found.size).toBe(3_500);
});

it('[R-10] [R-12] finds what functions of before noted, whatever others noted beside them', async () => {
  const under = redisUnderTest();
  const began = Date.now();
  const segments = ['a', 'b', 'c'];
  const channel = fc.tuple(fc.constantFrom(...segments), fc.nat({ max: 9 })).map(([segment, n]) => `${segment}:${n}`);
  // Without an index by name: only when something was last appended to.
  const noteAsBefore = async (channels: readonly string[]): Promise<void> => {
    for (const text of channels) {
      const [segment] = text.split(':') as [string];
      for (const [[key], member] of [
        [under.keys.active(segment), text],
        [under.keys.activeSegments, segment],
      ] as const) {
        await under.client.zremrangebyscore(key, '-inf', Date.now() - 180_000);
        await under.client.zadd(key, 'GT', Date.now(), member);
      }
    }
  };
  const known = new Set<string>();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.array(channel, { maxLength: 5 })), { maxLength: 5 }),
      async (steps) => {
        for (const [isBefore, channels] of steps) {
          for (const text of channels) known.add(text);
          if (isBefore) await noteAsBefore(channels);
          // Another process each time, for it remembers what it has noted.
          else
            await adapters(under.client, under.prefix).history.append(channels.map((text) => event(text, `${run++}`)));
        }
        const found: string[] = [];
        for await (const page of under.history.activeChannels([''], began, '')) found.push(...page);
        expect(found).toEqual([...known].sort());
      },
    ),
    { numRuns: 40 },
  );
});

it('[R-12] a page of a replay by channel takes as many round trips among thousands of channels as among a few', async () => {
  const { trips, history, subscriptions, scratch, meter } = await countedRedis(5);
  const alice = connection('A', 'alice');
  await subscriptions.add(alice, [{ text: '**', found: { byShape: '**' } }], 10);
  const world = {
    ...{ history, subscriptions, scratch, meter },
    replay: { enabled: true, retention: 60_000, batchSize: 100, maxEvents: 100 },
  };
  const since = Date.now();
  const taken: number[] = [];
  let made = 0;
  for (const count of [1_500, 5_000]) {
    const channels: string[] = [];
    while (made < count) channels.push(`many:${String(made++).padStart(5, '0')}`);
    await history.append(channels.map((text) => event(text, text)));
    const first = await replay(world, alice, { type: 'replay', requestId: 1, since, order: 'channel' });
    trips.take();
    const second = await replay(world, alice, { type: 'replay', requestId: 2, cursor: first.next as string });
    taken.push(trips.take());
    expect(second.events.map(({ channel }) => channel)[0]).toBe('many:00100');
  }
  expect(taken[1]).toBe(taken[0]);
});

it('[R-8] keeps a cursor for its user alone, and not for ever', async () => {
  const { scratch, client, prefix } = redisUnderTest();
  const name = await scratch.saveCursor('alice', 'content');
  expect(await scratch.loadCursor('alice', name)).toBe('content');
  expect(await scratch.loadCursor('bob', name)).toBeUndefined();
  expect(await scratch.loadCursor('alice', '*')).toBeUndefined();
  const written = await keysOf(client, prefix);
  expect(written).toHaveLength(3);
  for (const key of written) {
    expect(await client.pttl(key)).toBeGreaterThan(590_000);
    expect(await client.pttl(key)).toBeLessThanOrEqual(600_000);
  }
});

it('[R-8] counts a cursor once whose answer from Redis was lost, and none twice that has expired', async () => {
  const { client, keys } = redisUnderTest();
  const [kept, bytes] = keys.cursorsOf('alice');
  const keep = (name: string) => client.keep(keys.cursor('alice', name), kept, bytes, 'content', 600_000, 1_000);
  for (let i = 0; i < 3; i++) await keep('sent again');
  expect(await client.get(bytes)).toBe('263');
  for (let i = 0; i < 9; i++) await keep(`${i}`);
  expect(await client.get(bytes)).toBe(String(3 * 263));
  // The first of the three is of long ago.
  const [oldest = ''] = await client.zrange(kept, '0', '0');
  await client.zadd(kept, 1, oldest);
  await keep('next');
  expect(await client.get(bytes)).toBe(String(3 * 263));
  expect(await client.zcard(kept)).toBe(3);
});
