import { describe, expect, it } from 'vitest';
import { tokenOf } from '../../../lib/auth/credentials.ts';
import { identify, TokenAuthenticator } from '../../../lib/auth/identify.ts';
import { Tokens } from '../../../lib/auth/token.ts';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryScratch } from '../../../lib/memory/scratch.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { offeredProtocols, readProtocols } from '../../../lib/protocol/subprotocol.ts';
import { SECRET, tokenFor } from '../../tokens.ts';

const nobody = {
  scratch: { redeemTicket: async () => undefined },
  directory: { isRevoked: async () => true },
};

describe('where a token is looked for', () => {
  it.each([
    ['Authorization', { Authorization: 'Bearer a.b-c_d.e' }, 'a.b-c_d.e'],
    ['authorization in small letters', { authorization: 'bearer a.b.c' }, 'a.b.c'],
    ['the subprotocol', { 'Sec-WebSocket-Protocol': 'realtime-sync.v1, bearer.a.b.c' }, 'a.b.c'],
    ['another scheme', { Authorization: 'Basic abc' }, undefined],
    ['a subprotocol alone', { 'sec-websocket-protocol': 'bearer.a.b.c' }, undefined],
    ['the protocol last', { 'sec-websocket-protocol': 'bearer.a.b.c, realtime-sync.v1' }, undefined],
    ['one too long', { authorization: `Bearer ${'a'.repeat(20_000)}` }, undefined],
    ['nothing', {}, undefined],
  ])('[C-4] %s', (_, headers, token) => {
    expect(tokenOf({ headers, query: { token: 'x.y.z', access_token: 'x.y.z' } })).toBe(token);
  });

  it('[C-5] what a browser offers is read again', () => {
    expect(readProtocols(offeredProtocols('a.b.c').join(', '))).toEqual({ isSpoken: true, token: 'a.b.c' });
    expect(readProtocols(offeredProtocols(undefined).join(', '))).toEqual({ isSpoken: true });
  });
});

describe('a header that is longer than any with a token', () => {
  it.each(['authorization', 'sec-websocket-protocol'])('[C-4] is not looked into: %s', (name) => {
    const space = ' '.repeat(100_000);
    const value = name === 'authorization' ? `Bearer ${space}x.y.z` : `realtime-sync.v1,${space}bearer.x.y.z`;
    expect(tokenOf({ headers: { [name]: value.replace(space, ' ') }, query: {} })).toBe('x.y.z');
    expect(tokenOf({ headers: { [name]: value }, query: {} })).toBeUndefined();
  });
});

describe('who a client is', () => {
  const directory = new MemoryDirectory(new MemoryStore(new ManualClock()), new MemoryMeter());
  const reasons: string[] = [];
  const tokens = new Tokens({
    secret: SECRET,
    jwksUrl: undefined,
    issuer: undefined,
    audience: undefined,
    clockTolerance: 0,
    defaultGrants: { subscribe: [], publish: [] },
  });
  const authenticator = new TokenAuthenticator(tokens, directory, (reason) => reasons.push(reason));
  const shown = (token: string) => ({ headers: { authorization: `Bearer ${token}` }, query: {} });

  it('[C-4] nobody without a token, whatever the address says', async () => {
    const query = { user: 'alice', token: await tokenFor('alice') };
    expect(await identify({ authenticator, ...nobody }, { headers: {}, query }, 0)).toBe('missing');
  });

  it('[G-8] nobody whose sessions were revoked after the token was issued', async () => {
    const world = { authenticator, ...nobody };
    const now = Math.floor(Date.now() / 1_000);
    const before = now - 1;
    expect(await identify(world, shown(await tokenFor('bob', { iat: before })), 0)).toMatchObject({ user: 'bob' });
    await directory.revoke('bob', before * 1_000 + 500);
    expect(await identify(world, shown(await tokenFor('bob', { iat: before })), 0)).toBe('revoked');
    expect(await identify(world, shown(await tokenFor('bob', { iat: undefined })), 0)).toBe('revoked');
    expect(reasons).toEqual(['revoked', 'revoked']);
    expect(await identify(world, shown(await tokenFor('bob', { iat: now })), 0)).toMatchObject({ user: 'bob' });
  });

  it('[C-2] with AUTH_MODE=dev whoever the address names, who may do everything', async () => {
    const world = { authenticator: undefined, ...nobody };
    expect(await identify(world, { headers: {}, query: { user: 'carol' } }, 7)).toMatchObject({
      user: 'carol',
      session: { issued: 7, expires: null, grants: { subscribe: ['**', '$service:**'], publish: ['**'] } },
    });
    expect(await identify(world, { headers: {}, query: { user: 'a\n' } }, 7)).toBe('forged');
  });

  it('[C-6] a ticket comes first, and is not another way to be believed', async () => {
    const world = { authenticator: undefined, ...nobody };
    expect(await identify(world, { headers: {}, query: { user: 'carol', ticket: 'x' } }, 7)).toBe('forged');
  });

  it('[C-6] [G-7] [G-8] a ticket is worth what its session is when it is shown: nothing once that ended or was revoked', async () => {
    const scratch = new MemoryScratch(new MemoryStore(new ManualClock()));
    const world = { authenticator, scratch, directory };
    const session = (expires: number) => ({ issued: 1_000, expires, grants: { subscribe: [], publish: [] } });
    const issue = (user: string, expires: number) =>
      scratch.issueTicket({ user, admin: false, session: session(expires) });
    const redeemed = async (ticket: string) => identify(world, { headers: {}, query: { ticket } }, 5_000);
    const [kept, ended, revoked] = [await issue('dora', 6_000), await issue('dora', 5_000), await issue('erin', 6_000)];
    await directory.revoke('erin', 2_000);
    expect(await redeemed(kept)).toMatchObject({ user: 'dora' });
    expect(await redeemed(ended)).toBe('expired');
    expect(await redeemed(revoked)).toBe('revoked');
  });
});
