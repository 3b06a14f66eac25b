import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ConnectOptions, connect, HandshakeError } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

/** What answers at the HTTP address: a status and a body, which is no JSON where it is undefined; or nobody. */
type Reply = readonly [status: number, body: unknown] | 'nobody' | 'silence';

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

const reply = (found: Reply): Promise<unknown> => {
  if (found === 'nobody') return Promise.reject(new TypeError('Failed to fetch'));
  if (found === 'silence') return new Promise(() => undefined);
  const [status, body] = found;
  const text = body === undefined ? '<!doctype html>' : JSON.stringify(body);
  return Promise.resolve({ status, text: () => Promise.resolve(text) });
};

afterEach(() => void vi.unstubAllGlobals());

/** A client of a service that refuses handshakes while it is told to. */
const setUp = (answer: Reply, options: Partial<ConnectOptions> = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const state = { answer, refuses: true };
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', (url: URL, { headers }: { headers?: Record<string, string> } = {}) => {
    asked.push({ url: url.href, authorization: headers?.['authorization'] });
    return reply(state.answer);
  });
  const service: ScriptedService = new ScriptedService(clock, {
    on: (moment, nth) => {
      if (moment === 'made' && state.refuses) clock.after(1, () => service.sockets[nth - 1]?.shut(1006));
    },
  });
  const { webSocket } = service;
  const client = connect({ url: 'ws://model', httpUrl: 'https://model.example/api', webSocket, clock, ...options });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  return { clock, client, service, asked, errors, state };
};

const said = (code: string, more: object = {}) => ({ error: { code, message: 'in words', ...more } });
const OK = { service: 'realtime-sync', protocol: 1, token: 'ok', userId: 'alice', expires: null };

describe('[H-5] a handshake that fails, which no socket says why', () => {
  it.each<[string, Reply, string]>([
    ['nobody', 'nobody', 'UNREACHABLE'],
    ['silence', 'silence', 'UNREACHABLE'],
    ['a page of something else', [200, undefined], 'NOT_THIS_SERVICE'],
    ['JSON of something else', [404, { message: 'Not Found' }], 'NOT_THIS_SERVICE'],
    ['null', [200, null], 'NOT_THIS_SERVICE'],
    ['an error of something else', [400, { error: 'bad' }], 'NOT_THIS_SERVICE'],
    ['a service that would take it', [200, OK], 'WRONG_ADDRESS'],
    ['a service that fails', [500, undefined], 'UNAVAILABLE'],
    ['a gateway that refuses', [499, undefined], 'NOT_THIS_SERVICE'],
    ['a gateway without its service', [502, undefined], 'UNAVAILABLE'],
    ['a service that is away', [503, said('UNAVAILABLE')], 'UNAVAILABLE'],
    ['too many connections', [429, said('TOO_MANY_CONNECTIONS')], 'TOO_MANY_CONNECTIONS'],
    ['a limit', [429, said('RATE_LIMIT_EXCEEDED')], 'RATE_LIMIT_EXCEEDED'],
    ['a page that may not connect', [403, said('FORBIDDEN')], 'FORBIDDEN'],
  ])('%s: is told apart, and tried again', async (_, answer, code) => {
    const { clock, client, errors, state } = setUp(answer);
    await clock.advance(5_500);
    expect(errors[0]).toBeInstanceOf(HandshakeError);
    expect(errors[0]).toMatchObject({ code, isFinal: false, token: undefined });
    state.refuses = false;
    await clock.advance(60_000);
    expect(client.state).toBe('connected');
    await client.close();
  });

  it.each([
    [4_900, 'FORBIDDEN'],
    [5_100, 'UNREACHABLE'],
  ])('an answer is waited for for five seconds: after %i ms it is %s', async (after, code) => {
    const { clock, client, errors } = setUp('silence');
    const late = (resolve: (answer: unknown) => void) =>
      clock.after(after, () => resolve(reply([403, said('FORBIDDEN')])));
    vi.stubGlobal('fetch', () => new Promise(late));
    await clock.advance(5_500);
    expect(errors[0]).toMatchObject({ code });
    await client.close();
  });

  it('of an address that was good before, the service is away', async () => {
    const { clock, client, service, errors, state } = setUp([200, OK]);
    state.refuses = false;
    await clock.advance(10_000);
    state.refuses = true;
    service.sockets.at(-1)?.shut(1006);
    await clock.advance(10_000);
    expect(errors.at(-1)).toMatchObject({ name: 'HandshakeError', code: 'UNAVAILABLE' });
    await client.close();
  });

  it('is asked about by the user or the token that the handshake had, at the address that was given', async () => {
    for (const httpUrl of ['https://model.example/api', 'https://model.example/api/']) {
      const { clock, client, asked } = setUp('nobody', { httpUrl, user: 'alice b', token: () => 'a.b.c' });
      await clock.advance(200);
      expect(asked[0]).toEqual({
        url: 'https://model.example/api/session?user=alice+b',
        authorization: 'Bearer a.b.c',
      });
      await client.close();
    }
  });

  it.each<[string, Reply, string]>([
    ['nobody', 'nobody', 'nothing answers at httpUrl'],
    ['another page', [200, undefined], 'something else answers at httpUrl'],
    ['the service', [200, OK], 'no socket is to be had at url'],
    ['the service, of a page', [403, said('FORBIDDEN')], 'no pages of this origin'],
  ])('says what to look at, and the addresses without their secrets: %s', async (_, answer, hint) => {
    const { clock, client, errors } = setUp(answer, {
      url: 'ws://model/path?key=secret',
      httpUrl: 'https://h?key=secret',
    });
    await clock.advance(5_500);
    const { message } = errors[0] as Error;
    expect(message).toContain(hint);
    expect(message).toMatch(/ \(ws:\/\/model\/path, https:\/\/h\)$/);
    await client.close();
  });

  it('says which option would tell more where there is no address to ask at', async () => {
    const { clock, client, errors } = setUp('nobody', { httpUrl: undefined } as never);
    await clock.advance(5_500);
    expect((errors[0] as Error).message).toBe(
      'No connection (1006): with httpUrl the service could be asked why (ws://model)',
    );
    await client.close();
  });

  it('is what it was where there is no address to ask at', async () => {
    const { clock, client, service, errors, asked } = setUp('nobody', { httpUrl: undefined } as never);
    await clock.advance(10_000);
    expect([asked, service.sockets.length > 1]).toEqual([[], true]);
    expect(errors[0]).toMatchObject({ name: 'ConnectionLostError' });
    await client.close();
  });

  it('is not asked about by a client that was closed', async () => {
    const { clock, client, errors } = setUp('silence');
    await clock.advance(50);
    await client.close();
    await clock.advance(60_000);
    expect([client.state, errors]).toEqual(['closed', []]);
  });

  it('an address that is none is refused at once', () => {
    expect(() => setUp('nobody', { httpUrl: 'no address' })).toThrow(TypeError);
  });
});

describe.each(['missing', 'expired', 'revoked', 'forged'])('[H-1] a token that is %s', (token) => {
  const refusal: Reply = [401, said('UNAUTHENTICATED', { token })];

  it('is asked for once more, at once, and then it is over', async () => {
    let given = 0;
    const { clock, client, service, errors } = setUp(refusal, { token: () => `token-${++given}` });
    await clock.advance(600_000);
    expect(errors).toEqual([
      expect.objectContaining({ name: 'HandshakeError', code: 'UNAUTHENTICATED', token, isFinal: false }),
      expect.objectContaining({ name: 'HandshakeError', code: 'UNAUTHENTICATED', token, isFinal: true }),
    ]);
    expect([client.state, given, service.sockets.length]).toEqual(['closed', 2, 2]);
  });

  it('is replaced by one that is good', async () => {
    let given = 0;
    const world = setUp(refusal, {
      token: () => {
        if (++given > 1) world.state.refuses = false;
        return `token-${given}`;
      },
    });
    await world.clock.advance(1_000);
    expect([world.client.state, given]).toEqual(['connected', 2]);
    await world.client.close();
  });

  it('is forgiven between others that were accepted', async () => {
    let given = 0;
    const world = setUp(refusal, {
      token: () => {
        world.state.refuses = ++given % 2 === 1;
        return `token-${given}`;
      },
    });
    for (let n = 1; n <= 3; n++) {
      await world.clock.advance(40_000);
      expect([world.client.state, given]).toEqual(['connected', 2 * n]);
      world.service.sockets.at(-1)?.shut(1006);
    }
    await world.client.close();
  });
});
