import { expect, it } from 'vitest';
import type { Caller } from '../../lib/ports/connection.ts';
import type { ListenersPage, RegistryEntry, Subscription, Subscriptions } from '../../lib/ports/subscriptions.ts';
import { NO_CAPABILITIES, parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { keysOf, redisUnderTest } from './redis.ts';

const session = openSession(0);

const connection = (id: string, user = id): Caller => ({
  id,
  user,
  endpoint: 'http://127.0.0.1:3001',
  capabilities: NO_CAPABILITIES,
  session,
});
const byName = (text: string): Subscription => ({ text, found: 'by-name' });
const byShape = (text: string, shape: string): Subscription => ({ text, found: { byShape: shape } });
const byMatching = (text: string): Subscription => ({ text, found: 'by-matching' });

const firstPages = async (subscriptions: Subscriptions, ...texts: string[]): Promise<Caller[][]> => {
  const pages = await subscriptions.listeners(texts.map((text) => ({ text, after: undefined })));
  return pages.map(({ listeners }) => listeners.map((listener) => ({ ...listener, session })));
};

it('[S-5] adds, adds again, removes and counts', async () => {
  const { subscriptions } = redisUnderTest();
  const alice = connection('A', 'alice smith');
  await subscriptions.add(alice, [byName('a'), byShape('b:*', '_:*')], 10);
  await subscriptions.add(alice, [byName('a')], 10);
  expect(await subscriptions.count('A')).toBe(2);
  expect(await firstPages(subscriptions, 'a', 'b:*', 'c')).toEqual([[alice], [alice], []]);
  await subscriptions.remove(alice, ['a', 'never held']);
  expect(await subscriptions.count('A')).toBe(1);
  expect(await firstPages(subscriptions, 'a')).toEqual([[]]);
});

it('[S-6] refuses what would be too many, adding nothing', async () => {
  const { subscriptions } = redisUnderTest();
  const alice = connection('A');
  expect(await subscriptions.add(alice, [byName('a'), byName('b')], 3)).toBeUndefined();
  expect(await subscriptions.add(alice, [byName('c'), byName('d')], 3)).toBe('too-many');
  expect(await firstPages(subscriptions, 'c', 'd')).toEqual([[], []]);
  expect(await subscriptions.add(alice, [byName('a'), byName('b'), byName('c')], 3)).toBeUndefined();
});

it('reads a large audience whole, in pages in the order of ids', async () => {
  const { subscriptions } = redisUnderTest();
  const ids = Array.from({ length: 2_500 }, (_, i) => `c${i}`);
  await Promise.all(ids.map((id) => subscriptions.add(connection(id), [byName('a')], 1)));
  const read: string[] = [];
  let page: ListenersPage | undefined;
  for (let pages = 0; page?.more ?? true; pages++) {
    expect(pages).toBeLessThan(5);
    [page] = await subscriptions.listeners([{ text: 'a', after: read.at(-1) }]);
    read.push(...(page?.listeners.map(({ id }) => id) ?? []));
  }
  expect(read).toEqual(ids.sort());
});

it('holds a listener once, as it last was, also beside one whose id begins with the same', async () => {
  const { subscriptions } = redisUnderTest();
  const changed = { ...connection('A'), capabilities: parseCapabilities('batch') };
  for (const each of [connection('A'), connection('AB'), changed]) await subscriptions.add(each, [byName('a')], 1);
  expect(await firstPages(subscriptions, 'a')).toEqual([[changed, connection('AB')]]);
  await subscriptions.remove(changed, ['a']);
  expect(await firstPages(subscriptions, 'a')).toEqual([[connection('AB')]]);
});

it('[S-8] closing a connection removes every trace of it, also the second time', async () => {
  const { subscriptions, connections, client, prefix } = redisUnderTest();
  const alice = connection('A');
  await connections.open(alice);
  await subscriptions.add(alice, [byName('a'), byShape('b:*', '_:*'), byMatching('/c/')], 10);
  await connections.close('A');
  await connections.close('A');
  const left = await keysOf(client, prefix);
  expect(left.filter((key) => !key.includes('{registry}'))).toEqual([]);
});

it('tells a reader of the registry what is new to it', async () => {
  const { subscriptions } = redisUnderTest();
  const alice = connection('A');
  const start = await subscriptions.changes(undefined);
  expect(start).toMatchObject({ added: [], removed: [] });

  await subscriptions.add(alice, [byShape('a:*', '_:*'), byShape('b:*', '_:*'), byMatching('/c/')], 10);
  const first = await subscriptions.changes(start.place);
  expect(first.added).toEqual(expect.arrayContaining([{ shape: '_:*' }, { pattern: '/c/' }]));
  expect(first.added).toHaveLength(2);

  await subscriptions.add(alice, [byShape('d:*', '_:*')], 10);
  expect(await subscriptions.changes(first.place)).toEqual({
    place: first.place,
    reset: false,
    added: [],
    removed: [],
  });

  await subscriptions.add(alice, [byMatching('/e/')], 10);
  expect(await subscriptions.changes(first.place)).toMatchObject({ reset: false, added: [{ pattern: '/e/' }] });
  expect((await subscriptions.changes(undefined)).added).toHaveLength(3);
});

const whole = (entries: readonly RegistryEntry[]) => new Set(entries.map((entry) => JSON.stringify(entry)));

it.each([
  [
    'the log was cut',
    async (client: ReturnType<typeof redisUnderTest>['client'], log: string) =>
      void (await client.xtrim(log, 'MAXLEN', 1)),
  ],
  [
    'the log was lost',
    async (client: ReturnType<typeof redisUnderTest>['client'], log: string) => void (await client.del(log)),
  ],
  [
    'the registry was lost and begun anew',
    async (client: ReturnType<typeof redisUnderTest>['client'], log: string) =>
      void (await client.del(log, log.replace(/:log$/, ''))),
  ],
])('tells a reader everything where %s', async (_, damage) => {
  const { subscriptions, client, keys } = redisUnderTest();
  await subscriptions.add(connection('A'), [byMatching('/1/')], 10);
  const { place } = await subscriptions.changes(undefined);
  await subscriptions.add(connection('A'), [byMatching('/2/')], 10);
  await damage(client, keys.registryLog);
  await subscriptions.add(connection('A'), [byMatching('/3/'), byMatching('/4/')], 10);
  const changes = await subscriptions.changes(place);
  expect(changes.reset).toBe(true);
  expect(whole(changes.added)).toEqual(whole((await subscriptions.changes(undefined)).added));
  expect(whole(changes.added)).toContain('{"pattern":"/4/"}');
});

it('enters a pattern by itself where its shape would be one too many', async () => {
  const { subscriptions } = redisUnderTest();
  const shapes = Array.from({ length: 64 }, (_, i) => `${'_:'.repeat(i)}*`);
  await subscriptions.add(
    connection('A'),
    shapes.map((shape, i) => byShape(`p${i}`, shape)),
    100,
  );
  const { place } = await subscriptions.changes(undefined);
  await subscriptions.add(
    connection('A'),
    [byShape('one:too:many:**', '_:_:_:**'), byShape('fits:*', shapes[1] as string)],
    100,
  );
  expect((await subscriptions.changes(place)).added).toEqual([{ pattern: 'one:too:many:**' }]);
});
