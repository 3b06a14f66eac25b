import { expect, it } from 'vitest';
import type { Caller } from '../../lib/ports/connection.ts';
import type { RegistryEntry, Subscription } from '../../lib/ports/subscriptions.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { lastingKeysOf, redisUnderTest } from './redis.ts';

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

it('[S-8] closing a connection removes every trace of it, also the second time', async () => {
  const { subscriptions, directory, client, prefix } = redisUnderTest();
  const alice = connection('A');
  await directory.open(alice);
  await subscriptions.add(alice, [byName('a'), byShape('b:*', '_:*'), byMatching('/c/')], 10);
  await directory.close('A');
  await directory.close('A');
  const left = await lastingKeysOf(client, prefix);
  expect(left.filter((key) => !key.includes('{registry}'))).toEqual([]);
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
    'the latest was lost with a primary, and another took its id, since the clock was set back',
    async (client: ReturnType<typeof redisUnderTest>['client'], log: string) => {
      const [[id = ''] = []] = await client.xrange(log, '-', '+');
      await client.del(log);
      await client.xadd(log, id, '+', 'p/3/', 'by', 'another');
    },
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
