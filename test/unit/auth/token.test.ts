import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TokenRefused, type TokenSettings, Tokens } from '../../../lib/auth/token.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemorySecrets } from '../../../lib/memory/secrets.ts';
import { parseSession, sessionText } from '../../../lib/protocol/session.ts';
import { MAX_AGE, PAUSE, RotatingSettings } from '../../../lib/secrets/rotating-settings.ts';
import { SECRET, tokenFor } from '../../tokens.ts';

const SETTINGS: TokenSettings = {
  secret: SECRET,
  jwksUrl: undefined,
  issuer: 'https://issuer',
  audience: 'sync',
  clockTolerance: 5_000,
  defaultGrants: { subscribe: ['news'], publish: [] },
};
const GOOD = { iss: 'https://issuer', aud: 'sync' };
/** Seconds since 1970. No time passes here, however busy the machine is. */
const now = 1_800_000_000;
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: now * 1_000 }));
afterAll(() => void vi.useRealTimers());
const tokens = new Tokens(SETTINGS);
const bytes = (secret: string): Uint8Array => new TextEncoder().encode(secret);
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a shared secret', () => {
  it('[C-4] takes a token that is well, and reads it', async () => {
    const channels = { subscribe: ['user:42:*'], publish: ['chat:**'] };
    expect(await tokens.identify(await tokenFor('alice', { ...GOOD, channels, iat: now, exp: now + 60 }))).toEqual({
      user: 'alice',
      admin: false,
      session: { issued: now * 1_000, expires: (now + 65) * 1_000, grants: channels },
    });
  });

  it('[C-4] may be exchanged: tokens of the secret before are taken for as long as it is offered, and no others', async () => {
    const secrets = new MemorySecrets();
    const clock = new ManualClock();
    const [first, second, third] = ['first', 'second', 'third'].map(
      (name) => `the ${name} secret for tests of tokens`,
    ) as [string, string, string];
    secrets.put('tokens', first);
    const secret = new RotatingSettings<string | undefined>(
      { secrets, clock, name: 'tokens', parse: (text) => text, onFailure: () => undefined },
      first,
    );
    const exchanged = new Tokens({ ...SETTINGS, secret });
    const isTaken = async (by: string): Promise<boolean> => {
      await clock.sleep(PAUSE);
      const token = await tokenFor('alice', GOOD, by);
      return exchanged.identify(token).then(
        () => true,
        (error) => {
          expect(error).toMatchObject({ name: 'TokenRefused', fault: 'forged' });
          return false;
        },
      );
    };
    expect([await isTaken(first), await isTaken(second)]).toEqual([true, false]);
    secrets.put('tokens', second);
    expect([await isTaken(second), await isTaken(first), await isTaken(third)]).toEqual([true, true, false]);
    secrets.put('tokens', third);
    expect([await isTaken(third), await isTaken(second), await isTaken(first)]).toEqual([true, true, false]);
    secrets.forgetPrevious('tokens');
    await clock.sleep(MAX_AGE);
    expect([await isTaken(third), await isTaken(second)]).toEqual([true, false]);
  });

  it('[G-1] without channels the defaults are granted; with one list the other is empty', async () => {
    expect(await tokens.identify(await tokenFor('alice', GOOD))).toMatchObject({
      session: { grants: { subscribe: ['news'], publish: [] } },
    });
    const some = await tokens.identify(await tokenFor('alice', { ...GOOD, channels: { publish: ['a'] } }));
    expect(some.session.grants).toEqual({ subscribe: [], publish: ['a'] });
  });

  it('[L-8] a back-end is one whose token says so, and stays one where its session is kept as text', async () => {
    const { session } = await tokens.identify(await tokenFor('shop', { ...GOOD, backend: true }));
    expect(session.backEnd).toBe(true);
    expect(parseSession(sessionText(session))).toEqual(session);
    const { session: other } = await tokens.identify(await tokenFor('shop', { ...GOOD, backend: false }));
    expect(other).not.toHaveProperty('backEnd');
    // Of a version that knew no back-ends.
    expect(sessionText(parseSession(sessionText(other)))).toBe(sessionText(other));
    expect(sessionText(other)).not.toContain('backEnd');
  });

  it('an administrator is one whose token says so, with true and nothing else', async () => {
    expect((await tokens.identify(await tokenFor('alice', { ...GOOD, admin: true }))).admin).toBe(true);
    await expect(tokens.identify(await tokenFor('alice', { ...GOOD, admin: 'true' }))).rejects.toThrow(TokenRefused);
  });

  it.each([
    [{ admin: 'true' }, 'claim admin: expected true or false'],
    [{ channels: 7 }, 'claim channels: expected an object with the lists `subscribe` and `publish` alone'],
    [
      { channels: { read: [] } },
      'claim channels.read: expected an object with the lists `subscribe` and `publish` alone',
    ],
    [{ channels: { subscribe: 'a' } }, 'claim channels.subscribe: expected a list of channels and wildcard patterns'],
    [{ channels: { subscribe: [7] } }, 'claim channels.subscribe.0: expected a channel or a wildcard pattern'],
  ])('says of the claims %j: %s', async (claims, reason) => {
    await expect(tokens.identify(await tokenFor('alice', { ...GOOD, ...claims }))).rejects.toThrow(reason);
  });

  it('clocks may differ a little', async () => {
    for (const claims of [{ exp: now - 4 }, { iat: now + 5 }]) {
      expect(await tokens.identify(await tokenFor('alice', { ...GOOD, ...claims }))).toMatchObject({ user: 'alice' });
    }
    await expect(tokens.identify(await tokenFor('alice', { ...GOOD, exp: now - 5 }))).rejects.toThrow(TokenRefused);
  });

  it.each<[string, () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['no token', () => 'abc'],
    ['another secret', () => tokenFor('alice', GOOD, 'another secret that is long enough')],
    [
      'a changed payload',
      async () => {
        const [header, , signature] = (await tokenFor('alice', GOOD)).split('.');
        return `${header}.${encoded({ ...GOOD, sub: 'bob', exp: now + 60 })}.${signature}`;
      },
    ],
    ['no signature', async () => `${(await tokenFor('alice', GOOD)).split('.').slice(0, 2).join('.')}.`],
    ['alg none', () => new UnsecuredJWT({ ...GOOD, sub: 'alice', exp: now + 60 }).encode()],
    ['alg None', () => `${encoded({ alg: 'None' })}.${encoded({ ...GOOD, sub: 'alice', exp: now + 60 })}.`],
    [
      'HS512 with the same secret',
      () =>
        new SignJWT({ ...GOOD, sub: 'alice', exp: now + 60 })
          .setProtectedHeader({ alg: 'HS512' })
          .sign(bytes(SECRET.repeat(2))),
    ],
    ['expired', () => tokenFor('alice', { ...GOOD, exp: now - 10 })],
    ['not yet valid', () => tokenFor('alice', { ...GOOD, nbf: now + 60 })],
    ['issued later than clocks may differ', () => tokenFor('alice', { ...GOOD, iat: now + 6 })],
    ['issued in another century', () => tokenFor('alice', { ...GOOD, iat: 8.64e15 })],
    ['another audience', () => tokenFor('alice', { ...GOOD, aud: 'other' })],
    ['no audience', () => tokenFor('alice', { iss: GOOD.iss })],
    ['another issuer', () => tokenFor('alice', { ...GOOD, iss: 'https://elsewhere' })],
    ['no exp', () => tokenFor('alice', { ...GOOD, exp: undefined })],
    ['no sub', () => tokenFor('alice', { ...GOOD, sub: undefined })],
    ['a sub that is no name', () => tokenFor('a\u0000', GOOD)],
    ['a sub that is a number', () => tokenFor('alice', { ...GOOD, sub: 7 })],
    ['a sub that is too long', () => tokenFor('a'.repeat(129), GOOD)],
    [
      'a critical header nobody knows',
      () =>
        new SignJWT({ ...GOOD, sub: 'alice', exp: now + 60 })
          .setProtectedHeader({ alg: 'HS256', crit: ['x'], x: 1 })
          .sign(bytes(SECRET), { crit: { x: true } }),
    ],
  ])('[C-4] refuses %s', async (_, token) => {
    await expect(tokens.identify(await token())).rejects.toThrow(TokenRefused);
  });

  it.each([
    [{ subscribe: ['/.*/'] }],
    [{ subscribe: ['a::b'] }],
    [{ publish: [''] }],
    [{ publish: 'a' }],
    [{ publish: [7] }],
    [['a']],
    [{ subscribe: Array.from({ length: 101 }, (_, i) => `a${i}`) }],
    [{ subscribe: Array.from({ length: 60 }, (_, i) => `${i}${'x'.repeat(190)}`) }],
  ])('[G-1] refuses the grants %j', async (channels) => {
    await expect(tokens.identify(await tokenFor('alice', { ...GOOD, channels }))).rejects.toThrow(TokenRefused);
  });

  it('what is said of a refusal quotes nothing of the token', async () => {
    const token = await tokenFor('alice', { ...GOOD, sub: 'secret name', exp: now - 10 });
    const refusal = await tokens.identify(token).catch((error: Error) => error);
    expect(String(refusal)).not.toContain('secret name');
    for (const part of token.split('.')) expect(String(refusal)).not.toContain(part);
  });
});

describe('a set of public keys', async () => {
  const rsa = await generateKeyPair('RS256', { extractable: true });
  const stranger = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(rsa.publicKey)), kid: 'one', alg: 'RS256' };
  const publicText = await exportSPKI(rsa.publicKey);
  let server: Server;
  let asked = 0;
  let keys: Tokens;

  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      // What another program of this machine asks, which takes the port for another’s, is not counted.
      if (url === '/jwks.json') asked++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    keys = new Tokens({ ...SETTINGS, secret: undefined, jwksUrl });
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const signed = (key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'], kid: string): Promise<string> =>
    new SignJWT({ ...GOOD, sub: 'alice', exp: now + 60 }).setProtectedHeader({ alg: 'RS256', kid }).sign(key);

  it('[C-4] takes what the issuer signed, and asks for the keys once', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await keys.identify(await signed(rsa.privateKey, 'one'))).toMatchObject({ user: 'alice' });
    }
    expect(asked).toBe(1);
  });

  it.each<[string, () => Promise<string>]>([
    ['another key of the same name', () => signed(stranger.privateKey, 'one')],
    ['a key nobody knows', () => signed(stranger.privateKey, 'two')],
    ['the public key used as a shared secret', () => tokenFor('alice', GOOD, publicText)],
    [
      'a key the token brings along',
      async () =>
        new SignJWT({ ...GOOD, sub: 'alice', exp: now + 60 })
          .setProtectedHeader({ alg: 'RS256', jwk: await exportJWK(stranger.publicKey) })
          .sign(stranger.privateKey),
    ],
  ])('[C-4] refuses %s', async (_, token) => {
    await expect(keys.identify(await token())).rejects.toThrow(TokenRefused);
  });

  describe('of an issuer that is away', () => {
    const answers = {
      good: { keys: [jwk] },
      broken: 'no JSON',
      'no set of keys': { keys: 'none' },
      'an error': undefined,
    };
    let answer: object | string | undefined;
    let issuer: Server;
    let url: string;
    const MINUTES = 60_000;

    beforeAll(async () => {
      issuer = createServer((_, response) => {
        if (answer === undefined) response.writeHead(503).end();
        else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
      }).listen(0, '127.0.0.1');
      await once(issuer, 'listening');
      url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json`;
    });
    afterAll(() => {
      issuer.close();
      issuer.closeAllConnections();
    });
    afterEach(() => void vi.setSystemTime(now * 1_000));

    const later = (kid: string): Promise<string> =>
      new SignJWT({ ...GOOD, sub: 'alice', exp: now + 86_400 })
        .setProtectedHeader({ alg: 'RS256', kid })
        .sign(kid === 'one' ? rsa.privateKey : stranger.privateKey);

    it.each(['broken', 'no set of keys', 'an error'] as const)('whose answer is %s: known keys go on', async (how) => {
      answer = answers.good;
      const tokens = new Tokens({ ...SETTINGS, secret: undefined, jwksUrl: url });
      await tokens.identify(await later('one'));
      answer = answers[how];
      for (const minutes of [11, 12, 600]) {
        vi.setSystemTime(now * 1_000 + minutes * MINUTES);
        expect(await tokens.identify(await later('one'))).toMatchObject({ user: 'alice' });
        // A key that is not known may be a new one.
        const error = await tokens.identify(await later('two')).catch((reason: Error) => reason);
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TokenRefused);
      }
      answer = answers.good;
      vi.setSystemTime(now * 1_000 + 602 * MINUTES);
      await expect(tokens.identify(await later('two'))).rejects.toThrow(TokenRefused);
    });

    it.each(['broken', 'no set of keys', 'an error'] as const)(
      'whose first answer is %s: no fault of the token',
      async (how) => {
        answer = answers[how];
        const tokens = new Tokens({ ...SETTINGS, secret: undefined, jwksUrl: url });
        const error = await tokens.identify(await later('one')).catch((reason: Error) => reason);
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(TokenRefused);
      },
    );
  });

  it('keys that cannot be had are no fault of the token', async () => {
    const unreachable = new Tokens({ ...SETTINGS, secret: undefined, jwksUrl: 'http://127.0.0.1:1/jwks.json' });
    const error = await unreachable.identify(await signed(rsa.privateKey, 'one')).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(TokenRefused);
  });
});
