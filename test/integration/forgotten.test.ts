import { expect, it } from 'vitest';
import type { History } from '../../lib/ports/history.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { generationOf } from '../../lib/redis/generation.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { replay } from '../../lib/sync/replay/replay.ts';
import { admit, LIMITS } from '../contracts/rate-limiter.contract.ts';
import { connection, event } from '../unit/sync/world.ts';
import { keysOf, redisUnderTest } from './redis.ts';

/** Ends the connection of a client, which makes another by itself. */
const endConnection = async (client: RedisClient): Promise<void> => {
  const before = generationOf(client);
  const id = await client.client('ID');
  // By itself: no answer comes back over it.
  await client.call('CLIENT', 'KILL', 'ID', String(id), 'SKIPME', 'no').catch(() => undefined);
  await expect.poll(() => generationOf(client)).toBeGreaterThan(before);
};

const all = async (pages: AsyncIterable<readonly string[]>): Promise<string[]> => {
  const found: string[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};

const active = (history: History, since: number): Promise<string[]> => all(history.activeChannels(['a:'], since, ''));

/** What Redis may have lost when it was replaced, and whether anybody heard of that. */
const LOSSES = [
  ['all, with the connection', /./, true],
  ['all, without a word', /./, false],
  ['which channels are active, with the connection', /:x[:-]/, true],
] as const;

it.each(LOSSES)('[R-2] [R-10] what is appended to a Redis that forgot %s, is replayed', async (_, lost, isEnded) => {
  const { client, prefix, history, subscriptions, directory, scratch, meter } = redisUnderTest();
  const alice = connection('A', 'alice');
  const subscribed = async () => {
    await directory.open(alice);
    await subscriptions.add(alice, [{ text: 'a:*', found: { byShape: 'a:*' } }], 10);
  };
  const since = Date.now();
  await subscribed();
  await history.append([event('a:1', 'before'), event('a:1', 'mine', { targetUsers: ['alice'] })]);
  const keys = (await keysOf(client, prefix)).filter((key) => lost.test(key.slice(prefix.length - 1)));
  await client.del(...keys);
  if (isEnded) await endConnection(client);
  await history.append([event('a:1', 'after'), event('a:1', 'mine too', { targetUsers: ['alice'] })]);
  expect(await active(history, since)).toEqual(['a:1']);
  expect(await all(history.privateChannels('alice', since, ''))).toEqual(['a:1']);

  await subscribed();
  const world = {
    ...{ history, subscriptions, scratch, meter },
    replay: { enabled: true, retention: 60_000, batchSize: 10, maxEvents: 100 },
  };
  const answer = await replay(world, alice, { type: 'replay', requestId: 1, since });
  expect(answer.events.map(({ id }) => id)).toEqual(expect.arrayContaining(['after', 'mine too']));
});

it.each([
  ['whose clock stood still', 0],
  ['whose clock went on', 600_000],
])('[R-10] a process that was frozen for long, %s, notes anew what it appends to', async (_, elapsed) => {
  const frozen = { now: 0, elapsed: 0 };
  const clock = {
    ...systemClock,
    now: () => systemClock.now() + frozen.now,
    elapsed: () => systemClock.elapsed() + frozen.elapsed,
  };
  const { history } = redisUnderTest({ clock });
  await history.append([event('a:1', '1')]);
  Object.assign(frozen, { now: 600_000, elapsed });
  const thawed = clock.now();
  await history.append([event('a:1', '2')]);
  expect(await active(history, thawed)).toEqual(['a:1']);
});

it('[L-2] a limit that Redis forgot is not refused from memory any more', async () => {
  const { client, keys, prefix } = redisUnderTest();
  const limits = { ...LIMITS, points: { connection: 100, user: 1_000, global: 1_000 }, types: {} };
  const limiter = new RedisRateLimiter(client, keys, limits, (error) => {
    throw error;
  });
  const frame = { connection: 'A', user: 'alice', messages: new Map([['ping', 1]]) };
  expect(await admit(limiter, { ...frame, messages: new Map([['ping', 100]]) })).toBeUndefined();
  expect(await admit(limiter, frame)).toMatchObject({ level: 'connection' });
  expect(limiter.refuse(frame)).toMatchObject({ level: 'connection' });
  await client.del(...(await keysOf(client, prefix)));
  await endConnection(client);
  expect(await admit(limiter, frame)).toBeUndefined();
});
