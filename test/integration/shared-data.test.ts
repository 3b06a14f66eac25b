import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Broadcast } from '../../lib/ports/broadcast.ts';
import { event } from '../unit/sync/world.ts';
import { keysOf, redisUnderTest } from './redis.ts';

const USERS = Array.from({ length: 50 }, (_, i) => `user ${i}`);
const textOf = (bytes: number): string => JSON.stringify(randomBytes(bytes).toString('base64'));
const toUsers = (id: string, data: string, targetUsers = USERS): Broadcast => event('a', id, { data, targetUsers });

const setUp = (retention?: number) => {
  const redis = redisUnderTest(retention === undefined ? {} : { retention });
  const { history, client, prefix, keys } = redis;
  const of = async (user: string, bytes?: number) => {
    const name = { channel: 'a', user };
    const request = { name, from: { since: 0 }, most: 100, ...(bytes === undefined ? {} : { bytes }) };
    const [page] = await history.read([request], {});
    return page;
  };
  const shared = () => keysOf(client, `${prefix}d:`);
  /** Bytes of all keys but that of the epochs, which is of one size however much there is. */
  const memory = async (): Promise<number> => {
    const all = (await keysOf(client, prefix)).filter((key) => key !== keys.epochs(undefined));
    const sizes = await Promise.all(all.map((key) => client.memory('USAGE', key)));
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  };
  return { history, client, keys, of, shared, memory };
};

it('stores the data of an event once, however many users it is for', async () => {
  const { history, of, memory, shared } = setUp();
  const data = textOf(60_000);
  await history.append([toUsers('1', data)]);
  expect(await memory()).toBeLessThan(2 * data.length + USERS.length * 8_192);
  expect(await shared()).toHaveLength(1);
  for (const user of USERS) expect((await of(user))?.events).toMatchObject([{ id: '1', offset: 1, data }]);
});

it.each([
  ['small', textOf(30), USERS],
  ['for one user', textOf(6_000), ['user 1', 'user 1']],
])('stores what is %s where it is read', async (_, data, users) => {
  const { history, of, shared } = setUp();
  await history.append([toUsers('1', data, users)]);
  expect(await shared()).toEqual([]);
  expect((await of('user 1'))?.events).toMatchObject([{ data }]);
});

it('[R-8] counts shared data by what it is, not by its name', async () => {
  const { history, of } = setUp();
  const data = textOf(30_000);
  await history.append(['1', '2', '3'].map((id) => toUsers(id, data)));
  // One at the least; the others do not fit beside it.
  const page = await of('user 7', 50_000);
  expect(page).toMatchObject({ more: true, missing: false, events: [{ id: '1', data }] });
  const apart = await of('user 7', 10_000);
  expect(apart?.events.map(({ apart: size }) => (size ?? 0) > 20_000)).toEqual([true, true, true]);
});

it('[R-2] tells of shared data that is gone as of an event that is', async () => {
  const { history, client, of, shared } = setUp();
  const kept = textOf(1_000);
  await history.append([toUsers('1', textOf(1_000))]);
  await client.del(...(await shared()));
  await history.append([toUsers('2', kept)]);
  expect(await of('user 7')).toMatchObject({ missing: true, events: [{ id: '2', data: kept }] });
});

it('[R-10] keeps shared data for longer than what names it, and never shortens its life', async () => {
  const long = setUp(86_400_000);
  const data = textOf(1_000);
  await long.history.append([toUsers('1', data)]);
  const [key = ''] = await long.shared();
  const life = async () => long.client.pttl(key);
  expect(await life()).toBeGreaterThan(await long.client.pttl(long.keys.privateHistory('user 1', 'a')[1]));
  // The same data again, by functions with a shorter retention.
  await long.client.pexpire(key, 90_000_000);
  await long.history.append([toUsers('2', data)]);
  expect(await life()).toBeGreaterThan(86_400_000 + 360_000);
  // And where it is about to go.
  await long.client.pexpire(key, 1_000);
  await long.history.append([toUsers('3', data)]);
  expect(await life()).toBeGreaterThan(86_400_000);
});

it('takes no data for a name, whatever a publisher sends', async () => {
  const { history, of } = setUp();
  const texts = ['\u0001\u0007', '\u0007', `${'x'.repeat(32)}:999`].map((text) => JSON.stringify(text.repeat(100)));
  await history.append(texts.map((data, i) => toUsers(`${i}`, data, ['user 1'])));
  expect((await of('user 1'))?.events.map(({ data }) => data)).toEqual(texts);
});
