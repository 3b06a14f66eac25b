import { expect, it } from 'vitest';
import type { Announcer } from '../../lib/ports/announcer.ts';
import type { Backlog } from '../../lib/ports/backlog.ts';
import { heardOf } from '../bound-queue.ts';
import { event } from '../unit/sync/world.ts';
import { announcingUnderTest, SHARD } from './announcing.ts';
import { redisUnderTest } from './redis.ts';

it('[W-1] [W-4] a durable queue bound with a pattern hears every append of its channels, in order', async () => {
  const { run, queue, append, failures } = await announcingUnderTest();
  const paid = await queue('order.*.paid');
  await paid.consume();
  const first = await append('order:1:paid', 300);
  await append('order:1:sent', 3);
  const other = await append('order:2:paid', 20);
  const later: string[] = [];
  const all = () =>
    (paid.hearing.ids.get('order:1:paid')?.length ?? 0) + (paid.hearing.ids.get('order:2:paid')?.length ?? 0);
  await run(async () => {
    if (later.length === 0 && all() >= 200) later.push(...(await append('order:1:paid', 10)));
    return all() === 330;
  });
  expect([...paid.hearing.ids.keys()].sort()).toEqual(['order:1:paid', 'order:2:paid']);
  expect(paid.hearing.ids.get('order:1:paid')).toEqual([...first, ...later]);
  expect(paid.hearing.ids.get('order:2:paid')).toEqual(other);
  expect(paid.hearing.problems).toEqual([]);
  expect(failures).toEqual([]);
});

it('[W-2] says of an event what the history knows of it, also of one that is large', async () => {
  const { run, queue, history, backlog, channel } = await announcingUnderTest();
  const { name } = await queue('#');
  const data = JSON.stringify({ ü: 'x'.repeat(1_200_000) });
  const large = event('a:ü', 'large', { data, category: 'k', priority: 'critical' });
  const recorded = await history.append([event('a:ü', '1'), large, event('a:ü', '3')]);
  await backlog.note(SHARD, [{ channel: 'a:ü' }]);
  await run(async () => (await channel.checkQueue(name)).messageCount === 3);
  const messages = [];
  for (let n = 0; n < 3; n++) messages.push(await channel.get(name, { noAck: true }));
  const heard = messages.map((message) => {
    if (typeof message === 'boolean') throw new Error('it is empty');
    return heardOf(message.properties.headers ?? {}, message.content);
  });
  expect(heard.map((each) => each.event?.id)).toEqual(['1', 'large', '3']);
  const [, at] = recorded.map((each) => ('at' in each ? each.at : undefined));
  const { epoch, timestamp } = at ?? {};
  expect(heard[1]).toEqual({
    channel: 'a:ü',
    event: { epoch, offset: 2, timestamp, id: 'large', category: 'k', priority: 'critical', userId: 'bob', data },
  });
});

/** A port of which some method ends the process before, or behind, its nth call. */
const killedAt = <T extends object>(port: T, name: keyof T, n: number, isBehind: boolean, kill: () => void): T => {
  let calls = 0;
  return new Proxy(port, {
    get: (_, key) => {
      const method: unknown = Reflect.get(port, key);
      if (typeof method !== 'function') return method;
      if (key !== name) return method.bind(port);
      return async (...values: unknown[]) => {
        if (++calls === n && !isBehind) {
          kill();
          await new Promise(() => {});
        }
        const result: unknown = await method.apply(port, values);
        if (calls === n) {
          kill();
          await new Promise(() => {});
        }
        return result;
      };
    },
  });
};

it.each([
  ['before a publish', 'event', false],
  ['between a publish and what follows its confirm', 'event', true],
  ['between the confirms and the cursor', 'advance', false],
  ['between the cursor and what follows', 'advance', true],
  ['before it says that nothing waits any more', 'settle', false],
  ['behind that', 'settle', true],
] as const)('[W-4] a publisher that is killed %s leaves nothing out', async (_, step, isBehind) => {
  const { begin, run, queue, append, announcer, backlog } = await announcingUnderTest();
  const all = await queue('#');
  await all.consume();
  const ids = await append('a', 30);
  const dead = Promise.withResolvers<void>();
  const end =
    step === 'event'
      ? begin({ announcer: killedAt<Announcer>(announcer, step, 17, isBehind, dead.resolve) })
      : begin({ backlog: killedAt<Backlog>(backlog, step, 1, isBehind, dead.resolve) });
  await dead.promise;
  // The history that it had in hand stays so for ever, and all else ends.
  void end();
  ids.push(...(await append('a', 5)));
  await run(() => all.hearing.ids.get('a')?.length === 35);
  expect(all.hearing.ids.get('a')).toEqual(ids);
  expect(all.hearing.problems).toEqual([]);
});

it('[W-6] a queue that refuses holds up its channel alone, and hears all of it once it has room', async () => {
  const { run, queue, append, channel } = await announcingUnderTest();
  const full = await queue('slow', { 'x-max-length': 5, 'x-overflow': 'reject-publish' });
  const all = await queue('#');
  await all.consume();
  const slow = await append('slow', 60);
  const quick = await append('quick', 60);
  await run(() => all.hearing.ids.get('quick')?.length === 60);
  expect(all.hearing.ids.get('quick')).toEqual(quick);
  expect((await channel.checkQueue(full.name)).messageCount).toBeLessThan(60);
  await full.consume();
  await run(() => full.hearing.ids.get('slow')?.length === 60);
  for (const { hearing } of [full, all]) {
    expect(hearing.ids.get('slow')).toEqual(slow);
    expect(hearing.problems).toEqual([]);
  }
});

it('[W-5] what was cut from the history before it was published is declared', async () => {
  const { run, queue, append } = await announcingUnderTest({ maxEvents: 10 });
  const all = await queue('#');
  await all.consume();
  const first = await append('a', 2);
  await run(() => all.hearing.ids.get('a')?.length === 2);
  for (let n = 0; n < 5; n++) await append('a', 10);
  const last = await append('a', 10);
  await run(() => all.hearing.ids.get('a')?.length === 12);
  expect(all.hearing.ids.get('a')).toEqual([...first, ...last]);
  expect(all.hearing.gone.get('a')).toEqual(Array.from({ length: 50 }, (_, i) => i + 3));
  expect(all.hearing.problems).toEqual([]);
});

it('[W-7] of two publishers at once the later has the way, and nothing is left out', async () => {
  const { begin, run, queue, append } = await announcingUnderTest();
  const all = await queue('#');
  await all.consume();
  const ids: string[] = [];
  const ends: (() => Promise<void>)[] = [];
  for (let n = 0; n < 5; n++) {
    ids.push(...(await append('a', 20)));
    ends.push(begin());
  }
  await run(() => all.hearing.ids.get('a')?.length === 100);
  for (const end of ends) await end();
  expect(all.hearing.ids.get('a')).toEqual(ids);
  expect(all.hearing.problems).toEqual([]);
});

it('costs the fan-out nothing in Redis while it is off: an append writes no cursor, and nothing else of it', async () => {
  const { client, keys, prefix, history } = redisUnderTest();
  await history.append([event('a', '1')]);
  expect(await client.hexists(keys.history('a')[0], 'announced')).toBe(0);
  const found = await client.keys(`${prefix}b:*`);
  expect(found).toEqual([]);
});
