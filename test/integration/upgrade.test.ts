import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RedisClient } from '../../lib/redis/client.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { connection, event } from '../unit/sync/world.ts';
import { fanningWorld, incoming } from '../unit/sync/worlds.ts';
import { keysOf, redisUnderTest } from './redis.ts';

/** A value as it was read: a text, or bytes that are none. */
type Stored = string | { readonly base64: string };

/** A key as the functions of the first form left it. */
type Key = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'hash'; readonly value: Readonly<Record<string, string>> }
  | { readonly type: 'set' | 'list'; readonly value: readonly string[] }
  | { readonly type: 'zset'; readonly value: readonly (readonly [member: string, score: string])[] }
  | { readonly type: 'stream'; readonly value: readonly (readonly [id: string, fields: readonly Stored[]])[] }
);

/**
 * What functions of the first form stored, under a retention of an hour. alice listened to `news`, `room:1`, `room:*` and
 * `/room:[0-9]+/`, bob, who may subscribe to `room:*` and `news` alone, to `news` and `room:?`; carol came and went. Three
 * events went to `news`; two to `room:1`, and one to alice and dave. alice had sent the first half of a ping, saved a
 * cursor; erin had a ticket; the sessions of mallory were revoked.
 */
const OLD = JSON.parse(readFileSync(new URL('upgrade/stored.json', import.meta.url), 'utf8')) as {
  readonly recordedAt: number;
  readonly cursor: string;
  readonly ticket: string;
  readonly keys: readonly Key[];
};

const [ALICE, BOB] = ['alice-1=', 'bob-1='];
const MOST = 1_000_000;

/** Puts what was stored under a prefix, as if it had been just now. */
const restore = async (client: RedisClient, prefix: string): Promise<void> => {
  const later = Date.now() - OLD.recordedAt;
  const now = (text: string): string => text.replaceAll(/\b1[0-9]{12}\b/g, (time) => String(Number(time) + later));
  for (const stored of OLD.keys) {
    const key = prefix + stored.name;
    if (stored.type === 'string') await client.set(key, now(stored.value));
    if (stored.type === 'hash') {
      await client.hset(key, ...Object.entries(stored.value).flatMap(([field, value]) => [field, now(value)]));
    }
    if (stored.type === 'set') await client.sadd(key, ...stored.value.map(now));
    if (stored.type === 'list') await client.rpush(key, ...stored.value.map(now));
    if (stored.type === 'zset') {
      await client.zadd(key, ...stored.value.flatMap(([member, score]) => [now(score), now(member)]));
    }
    if (stored.type === 'stream') {
      for (const [id, fields] of stored.value) {
        const bytes = fields.map((field) =>
          typeof field === 'string' ? now(field) : Buffer.from(field.base64, 'base64'),
        );
        await client.xadd(key, now(id), ...bytes);
      }
    }
    if (stored.ttl > 0) await client.pexpire(key, stored.ttl);
  }
};

const upgraded = async () => {
  const redis = redisUnderTest({ retention: 3_600_000 });
  await restore(redis.client, redis.prefix);
  const { directory, subscriptions, history } = redis;
  const world = {
    ...fanningWorld(),
    ...{ directory, subscriptions, history, clock: systemClock },
    audience: new Audience(subscriptions, 10, (error) => {
      throw error;
    }),
  };
  /** Sends a broadcast through the fan-out. @returns who heard how many events in all. */
  const heardOf = async (channel: string, id: string): Promise<Record<string, number>> => {
    await fanOut(world, incoming(event(channel, id)), systemClock.elapsed() + 20_000);
    return Object.fromEntries([...world.gateway.heard].map(([name, events]) => [name, events.length]));
  };
  return { ...redis, heardOf };
};

const readingFrom = (channel: string, offset: number, epoch: string) => ({
  name: { channel },
  from: { after: { offset, epoch } },
  most: 10,
});

describe('what the functions before these stored', () => {
  it('[R-1] [E-2] is replayed, and counted on in its epoch', async () => {
    const { history } = await upgraded();
    const { positions } = await history.positions(['news', 'room:1', 'empty'], 'alice');
    expect(positions).toMatchObject({
      news: { offset: 3 },
      'room:1': { offset: 2, private: { offset: 1 } },
      empty: { offset: 0 },
    });
    const { epoch = '' } = positions['news'] ?? {};
    const [page] = await history.read([readingFrom('news', 0, epoch)], {});
    expect(page).toMatchObject({
      events: [1, 2, 3].map((n) => ({ id: `n${n}`, offset: n, data: `{"n":${n}}`, userId: 'bob' })),
      missing: false,
      more: false,
    });
    const room = positions['room:1'];
    const [large] = await history.read([readingFrom('room:1', 0, room?.epoch ?? '')], {});
    expect(large?.events.map(({ data }) => data)).toEqual([JSON.stringify({ text: 'abc '.repeat(2_000) }), '{"n":2}']);
    const own = { name: { channel: 'room:1', user: 'alice' }, from: { since: 0 }, most: 10 };
    const [mine] = await history.read([own], {});
    expect(mine).toMatchObject({ events: [{ id: 'secret', userId: 'carol' }], missing: false });
    expect(await history.append([{ ...event('news', 'n4'), userId: 'bob' }])).toMatchObject([
      { at: { offset: 4, epoch, duplicate: false } },
    ]);
    const found = [];
    for await (const channels of history.activeChannels([''], 0, '')) found.push(...channels);
    expect(found).toEqual(['news', 'room:1']);
  });

  it('[B-4] is not appended again', async () => {
    const { history } = await upgraded();
    const again = { ...event('news', 'n2'), userId: 'bob' };
    expect(await history.append([again])).toMatchObject([{ at: { offset: 2, duplicate: true } }]);
  });

  it('[S-1] [S-3] [S-8] is whom events go to, until they unsubscribe or go', async () => {
    const { heardOf, subscriptions, directory, client, prefix } = await upgraded();
    expect(await heardOf('news', 'x1')).toEqual({ [ALICE]: 1, [BOB]: 1 });
    expect(await heardOf('room:7', 'x2')).toEqual({ [ALICE]: 2, [BOB]: 2 });
    await subscriptions.remove({ ...connection(BOB), user: 'bob' }, ['room:?']);
    expect(await heardOf('room:7', 'x3')).toEqual({ [ALICE]: 3, [BOB]: 2 });
    for (const id of [ALICE, BOB]) await directory.close(id);
    expect(await heardOf('room:7', 'x4')).toEqual({ [ALICE]: 3, [BOB]: 2 });
    const audiences = (await keysOf(client, `${prefix}a:`)).filter((key) => key.endsWith('}'));
    expect(audiences).toEqual([]);
  });

  it('[G-6] [G-8] is what sessions may do, and which were revoked', async () => {
    const { directory } = await upgraded();
    const bob = { ...connection(BOB), user: 'bob' };
    const everything = { issued: 0, expires: null, grants: { subscribe: ['**'], publish: ['**'] } };
    const found = await directory.find({ ...bob, session: everything });
    expect(found?.session.grants).toEqual({ subscribe: ['room:*', 'news'], publish: ['room:*'] });
    expect(found?.capabilities).toMatchObject({ batch: true });
    expect(await directory.isRevoked('mallory', everything)).toBe(true);
    expect(await directory.isRevoked('bob', everything)).toBe(false);
  });

  it('[C-6] [R-3] [Z-5] is gone on with: a ticket, a cursor, half a message', async () => {
    const { scratch, client, keys } = await upgraded();
    expect(await scratch.redeemTicket(OLD.ticket)).toMatchObject({ user: 'erin' });
    expect(await scratch.loadCursor('alice', OLD.cursor)).toBe('{"at":1}');
    const rest = { type: 'chunk', id: 'm1', index: 1, total: 2, data: '"requestId":"1"}' } as const;
    expect(await new RedisScratch(client, keys).addChunk(ALICE, rest, MOST)).toEqual({
      whole: '{"type":"ping","requestId":"1"}',
    });
  });
});
