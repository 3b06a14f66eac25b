import { expect, it } from 'vitest';
import type { Caller } from '../../lib/ports/connection.ts';
import { NO_CAPABILITIES, parseCapabilities } from '../../lib/protocol/capabilities.ts';
import type { Session } from '../../lib/protocol/session.ts';
import { keysOf, redisUnderTest } from './redis.ts';

const session = (expires: number | null, issued: number | null = 1_000): Session => ({
  issued,
  expires,
  grants: { subscribe: ['a'], publish: [] },
});
const caller = (id: string, user: string, expires: number | null = null): Caller => ({
  id,
  user,
  endpoint: 'http://gateway',
  capabilities: NO_CAPABILITIES,
  session: session(expires),
});

it('[G-6] a record says what its connection may do and can take now; without one it is as it was', async () => {
  const { connections, sessions } = redisUnderTest();
  const alice = caller('A', 'alice');
  expect(await sessions.find(alice)).toEqual(alice);
  const changed = { ...alice, session: session(5_000), capabilities: parseCapabilities('chunk') };
  await connections.open(changed);
  expect(await sessions.find(alice)).toEqual(changed);
});

it('[G-8] revoking finds every connection of the user, and their sessions are over', async () => {
  const { connections, sessions, client, prefix } = redisUnderTest();
  for (const each of [caller('A', 'alice'), caller('B', 'alice'), caller('C', 'bob')]) await connections.open(each);
  const revoked = await sessions.revoke('alice', 1_000);
  expect(revoked.map(({ id, endpoint }) => `${id} ${endpoint}`).sort()).toEqual([
    'A http://gateway',
    'B http://gateway',
  ]);
  expect(await sessions.find(caller('A', 'alice'))).toBeUndefined();
  expect(await sessions.find(caller('C', 'bob'))).toBeDefined();
  expect(await sessions.isRevoked('alice', session(null, null))).toBe(true);
  expect(await sessions.isRevoked('alice', session(null, 1_001))).toBe(false);
  for (const id of ['A', 'B', 'C']) await connections.close(id);
  expect(await sessions.revoke('alice', 2_000)).toEqual([]);
  expect((await keysOf(client, prefix)).map((key) => key.slice(prefix.length))).toEqual(['u:{alice}:revoked']);
});

it('[G-7] sessions that have ended are found until they are closed, or another has begun', async () => {
  const { connections, sessions } = redisUnderTest();
  for (const each of [caller('A', 'alice', 500), caller('B', 'bob', 2_000), caller('C', 'carol')])
    await connections.open(each);
  const ids = async (now: number) => (await sessions.ended(now, 10)).map(({ id }) => id);
  expect(await ids(1_000)).toEqual(['A']);
  expect(await ids(3_000)).toEqual(['A', 'B']);
  await connections.open(caller('B', 'bob', 9_000));
  await connections.close('A');
  expect(await ids(3_000)).toEqual([]);
});

it('a subscribe under another session than the record’s is refused whole', async () => {
  const { connections, subscriptions } = redisUnderTest();
  await connections.open(caller('A', 'alice', 9_000));
  const wanted = [{ text: 'a', found: 'by-name' as const }];
  expect(await subscriptions.add(caller('A', 'alice'), wanted, 10)).toBe('other-session');
  expect(await subscriptions.count('A')).toBe(0);
  expect(await subscriptions.add(caller('A', 'alice', 9_000), wanted, 10)).toBeUndefined();
});

it('other capabilities reach wherever the connection listens', async () => {
  const { connections, subscriptions } = redisUnderTest();
  const alice = caller('A', 'alice');
  await subscriptions.add(alice, [{ text: 'a', found: 'by-name' }], 10);
  await connections.redeclare({ ...alice, capabilities: parseCapabilities('compression') });
  const [page] = await subscriptions.listeners([{ text: 'a', after: undefined }]);
  expect(page?.listeners).toMatchObject([{ id: 'A', capabilities: { compression: true, batch: false } }]);
});

it('[C-6] a ticket is good once, also for two who show it at once, and for 30 seconds', async () => {
  const { tickets, client, prefix } = redisUnderTest();
  const identity = { user: 'alice', admin: false, session: session(5_000) };
  const ticket = await tickets.issue(identity);
  const [key = ''] = await keysOf(client, prefix);
  expect(key).not.toContain(ticket);
  const left = await client.pttl(key);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(30_000);
  const redeemed = await Promise.all([tickets.redeem(ticket), tickets.redeem(ticket), tickets.redeem(ticket)]);
  expect(redeemed.filter((each) => each !== undefined)).toEqual([identity]);
  expect(await tickets.redeem(ticket)).toBeUndefined();

  const late = await tickets.issue(identity);
  // As if its time had passed.
  await client.pexpire((await keysOf(client, prefix))[0] ?? '', 0);
  expect(await tickets.redeem(late)).toBeUndefined();
  for (const made of ['', 'x', 'x'.repeat(32), '*', `${ticket}\n`]) expect(await tickets.redeem(made)).toBeUndefined();
});
