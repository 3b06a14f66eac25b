import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLostError, type ConnectOptions, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { PageSigns } from './page-signs.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const SIGNS = ['online', 'offline', 'visibilitychange', 'pageshow', 'resume'];
let page: PageSigns & { readonly document: { hidden: boolean } };

/** The page says something of itself. */
const tell = (name: string): void => page.tell(name);

beforeEach(() => {
  page = Object.assign(new PageSigns().stub(), { document: { hidden: false } });
  vi.stubGlobal('document', page.document);
});
afterEach(() => void vi.unstubAllGlobals());

/** A client that is connected, over a network that can be cut without anybody being told. */
const setUp = async (script: Script = {}, options: Partial<ConnectOptions> = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const network = { isDead: false };
  const service = new ScriptedService(clock, { isSilent: () => network.isDead, ...script });
  const { webSocket } = service;
  const client = connect({ url: 'ws://model', user: 'alice', webSocket, clock, ...options });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  await clock.advance(1_000);
  const connected = client.state;
  return { clock, network, service, client, errors, connected };
};

describe.each(SIGNS)('where the page says %s', (sign) => {
  // Of what says that there is no network little is waited for: whoever looks at the page has seen that it is gone.
  const patience = sign === 'offline' ? 1_000 : 5_000;

  it('a dead connection is noticed soon, and one that comes back is caught up within 2 s', async () => {
    const { clock, network, client, errors } = await setUp();
    await clock.advance(7_000);
    network.isDead = true;
    tell(sign);
    await clock.advance(patience - 100);
    expect([client.state, errors]).toEqual(['connected', []]);
    await clock.advance(200);
    expect(client.state).not.toBe('connected');
    expect(errors).toEqual([expect.any(ConnectionLostError)]);
    await clock.advance(60_000);
    network.isDead = false;
    tell(sign);
    await clock.advance(2_000);
    expect(client.state).toBe('connected');
    await client.close();
  });

  it('a connection that lives is kept, however often it says so, and however slowly the service answers', async () => {
    const { clock, service, client, errors } = await setUp({ answers: patience - 100 });
    for (let n = 0; n < 50; n++) {
      tell(sign);
      await clock.advance(n * 20);
    }
    await clock.advance(10_000);
    expect([client.state, service.sockets.length, errors]).toEqual(['connected', 1, []]);
    expect(service.count('ping')).toBeGreaterThan(1);
    await client.close();
  });

  it('a refusal is a sign of life', async () => {
    const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'too many', retryAfter: 1_000 };
    const { clock, service, client } = await setUp({ instead: { ping: () => ({ type: 'error', error }) } });
    tell(sign);
    await clock.advance(10_000);
    expect([client.state, service.sockets.length]).toEqual(['connected', 1]);
    await client.close();
  });

  it('nobody listens any more once the client is closed', async () => {
    const { clock, service, client } = await setUp();
    expect(page.size).toBeGreaterThanOrEqual(SIGNS.length);
    await client.close();
    expect(page.size).toBe(0);
    tell(sign);
    await clock.advance(60_000);
    expect([service.sockets.length, service.count('ping')]).toEqual([1, 0]);
  });
});

it('signs that come together ask once, as of a page that is shown again, and the next one asks anew', async () => {
  const { clock, service, client } = await setUp();
  for (const asked of [1, 2]) {
    for (const sign of SIGNS) tell(sign);
    await clock.advance(2_000);
    expect(service.count('ping')).toBe(asked);
  }
  await client.close();
});

it('reconnect() has who waits try at once, and begin again with short pauses', async () => {
  const { clock, service, client, network } = await setUp({}, { backoff: { first: 60_000, most: 600_000 } });
  network.isDead = true;
  client.reconnect();
  await clock.advance(6_000);
  for (let n = 0; n < 10; n++) {
    service.sockets.at(-1)?.shut(1006);
    await clock.advance(1);
  }
  expect(client.state).toBe('waiting');
  network.isDead = false;
  client.reconnect();
  await clock.advance(1_000);
  expect(client.state).toBe('connected');
  await client.close();
});

it('a handshake that went into a dead network is not waited for once the page says that it is back', async () => {
  const { clock, service, network, client } = await setUp();
  network.isDead = true;
  service.sockets.at(-1)?.shut(1006);
  await clock.advance(10_000);
  const before = service.sockets.length;
  network.isDead = false;
  tell('online');
  await clock.advance(2_000);
  expect([client.state, service.sockets.length]).toEqual(['connected', before + 1]);
  await client.close();
});

it('a handshake that is under way is not begun anew for a sign, unless it should long be done', async () => {
  const { clock, service, client } = await setUp({ opens: 1_500 });
  for (let n = 0; n < 20; n++) {
    tell('visibilitychange');
    await clock.advance(100);
  }
  expect([client.state, service.sockets.length]).toEqual(['connected', 1]);
  await client.close();
});

it('a handshake that waited for the network is let come to its end where that is near, and no sign gives it more time', async () => {
  const near = await setUp({ opens: 3_000 });
  await near.clock.advance(1_700);
  tell('online');
  await near.clock.advance(400);
  expect([near.client.state, near.service.sockets.length]).toEqual(['connected', 1]);
  await near.client.close();

  const far = await setUp({ opens: 20_000 });
  await far.clock.advance(5_000);
  for (let n = 0; n < 7; n++) {
    tell('online');
    await far.clock.advance(100);
  }
  expect(far.service.sockets[0]?.state).not.toBe('connecting');
  await far.client.close();
});

it.each([
  [1_000, 1_900, 1],
  [1_000, 2_100, 2],
  [5_000, 5_400, 1],
  [5_000, 5_600, 2],
])('a sign gives a handshake 2 s in all, and half a second more at the least: %i ms old, done at %i', async (...at) => {
  const [told, opens, sockets] = at;
  const { clock, service, client } = await setUp({ opens });
  await clock.advance(told - 1_000);
  tell('online');
  await clock.advance(opens);
  expect(service.sockets).toHaveLength(sockets);
  await client.close();
});

it('a page that is hidden asks nothing: it may be stopped before the answer', async () => {
  const { clock, service, client } = await setUp();
  page.document.hidden = true;
  tell('visibilitychange');
  await clock.advance(5_000);
  expect(service.count('ping')).toBe(0);
  tell('online');
  await clock.advance(5_000);
  expect(service.count('ping')).toBe(1);
  await client.close();
});

it('[P-4] a service that says when to come back is not asked before, whatever the page says', async () => {
  const { clock, service, client } = await setUp();
  service.say({ type: 'reconnect', after: 20_000 });
  await clock.advance(1);
  service.sockets.at(-1)?.shut(1012);
  tell('online');
  client.reconnect();
  await clock.advance(19_000);
  expect([client.state, service.sockets.length]).toEqual(['waiting', 1]);
  await clock.advance(2_000);
  expect([client.state, service.sockets.length]).toEqual(['connected', 2]);
  await client.close();
});
