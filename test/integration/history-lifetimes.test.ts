import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Appended, Recorded } from '../../lib/ports/broadcast.ts';
import type { History, HistoryPage, ReadFrom } from '../../lib/ports/history.ts';
import { event } from '../unit/sync/world.ts';
import { adapters, redisUnderTest } from './redis.ts';

const at = (recorded: Recorded | undefined): Appended => {
  if (recorded === undefined || !('at' in recorded)) throw new Error('not an event for all');
  return recorded.at;
};

const DAY = 86_400_000;

/** Reads to the end. @returns the ids, and whether something asked for was said to be missing. */
const readAll = async (history: History, channel: string, from: ReadFrom) => {
  const ids: string[] = [];
  let missing = false;
  for (let place = from; ; ) {
    const [page] = (await history.read([{ name: { channel }, from: place, most: 3 }], {})) as [HistoryPage];
    ids.push(...page.events.map(({ id }) => id));
    missing ||= page.missing;
    if (!page.more) return { ids, missing };
    place = { after: page.read };
  }
};

it('[E-1] [E-2] [R-2] whichever keys of a history are gone, it is appended to, and readers are told of the gap', async () => {
  const { history, client, keys } = redisUnderTest();
  let run = 0;
  const some = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(
      // Which of the four are gone, as bits.
      ...([fc.integer({ min: 1, max: 15 }), some, some, some, fc.boolean(), fc.boolean()] as const),
      async (gone, before, between, after, isAskedForBetween, isRepeated) => {
        const channel = `gone:${run++}`;
        const ids = Array.from({ length: before + between + after }, (_, i) => `${i}`);
        const append = async (from: number, to: number) =>
          (await history.append(ids.slice(from, to).map((id) => event(channel, id)))).map(at);
        const first = await append(0, before);
        const evicted = keys.history(channel).filter((_, i) => (gone >> i) % 2 === 1);
        await client.del(...evicted);
        if (isAskedForBetween) await history.positions([channel], undefined, true);
        // A reader that comes now.
        const places = first.map(({ offset, epoch, timestamp }, i) => ({ i, offset, epoch, timestamp }));
        const look = async (known: number) => {
          for (const { i, offset, epoch } of places) {
            const read = await readAll(history, channel, { after: { offset, epoch } });
            expect(read.missing ? [] : read.ids).toEqual(read.missing ? [] : ids.slice(i + 1, known));
          }
          // Where none is left that knows times, nobody knows that there was something.
          if ((gone & 11) === 11) return;
          const { timestamp } = places[0] as (typeof places)[0];
          const read = await readAll(history, channel, { since: timestamp });
          expect(read.missing ? [] : read.ids).toEqual(read.missing ? [] : ids.slice(0, known));
        };
        const areCountersGone = gone % 2 === 1;
        // With counters and stream gone the ids alone know, and whoever reads does not ask them.
        if ((gone & 3) !== 3) await look(before);
        const second = await append(before, before + between);
        if (isRepeated) await history.append([event(channel, `${before}`)]);
        const third = await append(before + between, ids.length);
        await look(ids.length);
        const later = [...second, ...third];
        const counted = areCountersGone ? 0 : before;
        expect(later.map(({ offset }) => offset)).toEqual(later.map((_, i) => counted + i + 1));
        expect(later.map(({ duplicate }) => duplicate)).toEqual(later.map(() => false));
        expect(new Set(later.map(({ epoch }) => epoch)).size).toBe(1);
        expect(later[0]?.epoch === first[0]?.epoch).toBe(!areCountersGone);
        const timestamps = [...first, ...later].map(({ timestamp }) => timestamp);
        if ((gone & 11) !== 11) expect(timestamps).toEqual(timestamps.toSorted((a, b) => a - b));
        // As many ids as ages: what is not in both is never forgotten, or too early.
        const [, , remembered, byAge] = keys.history(channel);
        expect(await client.hlen(remembered)).toBe(await client.llen(byAge));
      },
    ),
    { numRuns: 200 },
  );
});

it('[R-10] a history whose counters are gone and were begun anew is appended to', async () => {
  const { history, client, keys } = redisUnderTest();
  const [counters, events] = keys.history('a');
  const old = (await history.append([event('a', '1'), event('a', '2')])).map(at);
  await client.del(counters);
  await client.hset(counters, { epoch: 'begun' });
  const [next] = (await history.append([event('a', '3')])).map(at);
  expect(next).toMatchObject({ epoch: 'begun', offset: 1, duplicate: false });
  expect(await client.xlen(events)).toBe(1);
  const epoch = old[0]?.epoch as string;
  expect(await readAll(history, 'a', { after: { offset: 2, epoch } })).toEqual({ ids: ['3'], missing: true });
  // As functions left it that counted on without keeping anything.
  await client.hset(counters, { epoch: 'begun', offset: 1 });
  await client.hdel(counters, 'stored');
  await client.xadd(events, `9-${Date.now()}`, 'c', 'k', 'p', 'normal', 'h', '["x",""]', 'd', Buffer.from([0, 49]));
  expect((await history.append([event('a', '4')])).map(at)).toMatchObject([{ epoch: 'begun', offset: 2 }]);
  expect(await readAll(history, 'a', { after: { offset: 1, epoch: 'begun' } })).toEqual({ ids: ['4'], missing: false });
  expect((await readAll(history, 'a', { after: { offset: 0, epoch: 'begun' } })).missing).toBe(true);
});

it('[R-10] what a longer retention promised outlives a shorter one, the counters above all', async () => {
  const long = redisUnderTest({ retention: 7 * DAY });
  const { client, keys } = long;
  const short = adapters(client, long.prefix, { retention: DAY });
  const lives = async () => Promise.all(keys.history('a').map((key) => client.pttl(key)));
  await long.history.append([event('a', '1')]);
  const promised = await lives();
  const isKept = async () => {
    const now = await lives();
    for (const [i, life] of now.entries()) expect(life).toBeGreaterThan((promised[i] as number) - 60_000);
    expect(now[0]).toBe(Math.max(...now));
  };
  await short.history.positions(['a'], undefined, true);
  await isKept();
  await short.history.append([event('a', '2')]);
  await isKept();

  // Counters that were given less time than the events have.
  await client.pexpire(keys.history('a')[0], DAY);
  await short.history.append([event('a', '3')]);
  const now = await lives();
  expect(now[0]).toBeGreaterThanOrEqual(Math.max(...now));
  const [active] = keys.active('a');
  expect(await client.pttl(active)).toBeGreaterThan(6 * DAY);
});
