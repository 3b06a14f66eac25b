import { expect, it } from 'vitest';
import type { Caller } from '../../lib/ports/connection.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
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

it('[G-8] revoking finds every connection of the user, and their sessions are over', async () => {
  const { directory, client, prefix } = redisUnderTest();
  for (const each of [caller('A', 'alice'), caller('B', 'alice'), caller('C', 'bob')]) await directory.open(each);
  const revoked = await directory.revoke('alice', 1_000);
  expect(revoked.map(({ id, endpoint }) => `${id} ${endpoint}`).sort()).toEqual([
    'A http://gateway',
    'B http://gateway',
  ]);
  expect(await directory.find(caller('A', 'alice'))).toBeUndefined();
  expect(await directory.find(caller('C', 'bob'))).toBeDefined();
  expect(await directory.isRevoked('alice', session(null, null))).toBe(true);
  expect(await directory.isRevoked('alice', session(null, 1_001))).toBe(false);
  for (const id of ['A', 'B', 'C']) await directory.close(id);
  expect(await directory.revoke('alice', 2_000)).toEqual([]);
  expect((await keysOf(client, prefix)).map((key) => key.slice(prefix.length))).toEqual(['u:{alice}:revoked']);
});

it('[C-6] a ticket is good once, also for two who show it at once, and for 30 seconds', async () => {
  const { scratch, client, prefix } = redisUnderTest();
  const identity = { user: 'alice', admin: false, session: session(5_000) };
  const ticket = await scratch.issueTicket(identity);
  const [key = ''] = await keysOf(client, prefix);
  expect(key).not.toContain(ticket);
  const left = await client.pttl(key);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(30_000);
  const redeemed = await Promise.all([
    scratch.redeemTicket(ticket),
    scratch.redeemTicket(ticket),
    scratch.redeemTicket(ticket),
  ]);
  expect(redeemed.filter((each) => each !== undefined)).toEqual([identity]);
  expect(await scratch.redeemTicket(ticket)).toBeUndefined();

  const late = await scratch.issueTicket(identity);
  // As if its time had passed.
  const [lateKey = ''] = (await keysOf(client, prefix)).filter((name) => !name.endsWith(':redeemed'));
  await client.pexpire(lateKey, 0);
  expect(await scratch.redeemTicket(late)).toBeUndefined();
  for (const made of ['', 'x', 'x'.repeat(32), '*', `${ticket}\n`])
    expect(await scratch.redeemTicket(made)).toBeUndefined();
});
