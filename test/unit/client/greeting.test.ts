import { describe, expect, it } from 'vitest';
import { type Client, ClosedError, connect, type SubscribeOptions } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const setUp = (script: Script) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const errors: unknown[] = [];
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  client.on('error', (error) => errors.push(error));
  return { clock, service, errors, client, began: clock.now() };
};

/** What waits for a client to be of use, and what it found when it was. */
const waits = (client: Client, seen: Map<string, string | undefined>): void => {
  const look = (name: string) => () => void seen.set(name, client.connection?.connectionId);
  void client.connected().then(look('connected'));
  const options: Record<string, SubscribeOptions> = {
    plain: {},
    state: { initialState: true },
    replay: { replay: { since: 0 } },
  };
  for (const [name, each] of Object.entries(options)) {
    void client.subscribe(`a:${name}`, () => undefined, each).ready.then(look(name));
    void client.subscribe(`a:${name}`, () => undefined, each).ready.then(look(`${name} again`));
  }
};

const event = (offset: number) => ({
  type: 'event',
  id: String(offset),
  channel: 'a',
  category: 'a',
  priority: 'normal',
  timestamp: 0,
  offset,
  epoch: 'e',
  data: null,
});

const WAITS = ['connected', 'plain', 'plain again', 'state', 'state again', 'replay', 'replay again'];

describe.each([0, 5, 10, 100, 2_000])('[C-1] greeted %i ms after the handshake, answered after 10', (greets) => {
  it('`ready` and `connected()` resolve once `connection` is set, and no later than need be', async () => {
    const { clock, service, errors, client, began } = setUp({ opens: 100, greets, answers: 10 });
    const seen = new Map<string, string | undefined>();
    waits(client, seen);
    const ready = client.subscribe('a', () => undefined).ready.then(() => clock.now() - began);
    await clock.advance(10_000);
    expect(seen).toEqual(new Map([...seen.keys()].map((name) => [name, 'c1'])));
    expect([...seen.keys()].sort()).toEqual([...WAITS].sort());
    expect(await ready).toBe(100 + Math.max(greets, 10));
    expect([service.sockets.length, errors]).toEqual([1, []]);
    await client.close();
  });

  it('nothing that is heard waits for the greeting', async () => {
    const { clock, service, client, began } = setUp({ opens: 100, greets, answers: 10 });
    const heard: number[] = [];
    client.subscribe('a', () => heard.push(clock.now() - began));
    await clock.advance(110);
    service.say(event(1));
    await clock.advance(10_000);
    expect(heard).toEqual([110]);
    await client.close();
  });

  it('the state is never `connected` without a connection, however it came to be', async () => {
    const { clock, service, client } = setUp({ opens: 100, greets, answers: 10 });
    const states: (readonly [string, string | undefined])[] = [];
    client.on('state', (state) => states.push([state, client.connection?.connectionId]));
    client.on('error', () => states.push([client.state, client.connection?.connectionId]));
    client.subscribe('a', () => undefined);
    const seen: Map<string, string | undefined>[] = [];
    const wait = async (time: number): Promise<void> => {
      await clock.advance(time);
      const found = new Map<string, string | undefined>();
      seen.push(found);
      waits(client, found);
    };
    await wait(10_000);
    // Replaced, and waited for on the way.
    service.say({ type: 'reconnect', after: 0 });
    for (let n = 0; n < 6; n++) await wait(50);
    await wait(10_000);
    // Lost, and lost while it is replaced.
    service.sockets.at(-1)?.shut(1006);
    for (let n = 0; n < 6; n++) await wait(50);
    await wait(40_000);
    service.say({ type: 'reconnect', after: 0 });
    await wait(50);
    service.sockets.at(-2)?.shut(1006);
    for (let n = 0; n < 6; n++) await wait(50);
    await clock.advance(40_000);
    for (const found of seen) {
      expect([...found.keys()].sort()).toEqual([...WAITS].sort());
      for (const id of found.values()) expect(id).toBeDefined();
    }
    const connected = states.filter(([state]) => state === 'connected');
    expect(connected).toEqual([
      ['connected', 'c1'],
      ['connected', 'c3'],
      ['connected', 'c4'],
    ]);
    await client.close();
  });
});

it.each([
  [4_900, undefined],
  [5_100, 'connected'],
])('a greeting is waited for for five seconds after the handshake: %i ms', async (after, state) => {
  const { clock, client } = setUp({ opens: 0, greets: 'never' });
  let found: string | undefined;
  const connected = client.connected().then(() => {
    found = client.state;
  });
  await clock.advance(after);
  expect(found).toBe(state);
  await Promise.allSettled([client.close(), connected]);
});

it('a client whose greeting is lost works without it, after a while', async () => {
  const { clock, service, errors, client } = setUp({ greets: 'never' });
  const seen = new Map<string, string | undefined>();
  const heard: unknown[] = [];
  client.subscribe('a', ({ offset }) => heard.push(offset));
  waits(client, seen);
  await clock.advance(1_000);
  expect(seen).toEqual(new Map());
  service.say(event(1));
  expect(heard).toEqual([1]);
  await clock.advance(9_000);
  expect([...seen.keys()].sort()).toEqual([...WAITS].sort());
  expect([client.state, client.connection]).toEqual(['connected', undefined]);
  const sent = client.broadcast('a', 1);
  const asked = client.replay({ since: 0 });
  await clock.advance(60_000);
  await expect(sent).resolves.toEqual({ id: expect.any(String) });
  await expect(asked).resolves.toMatchObject({ events: [] });
  expect(service.count('ping')).toBe(2);
  expect([service.sockets.length, errors]).toEqual([1, []]);
  await client.close();
});

it('what is refused without a request concerns the connection, or the session where that is over', async () => {
  const { clock, service, errors, client } = setUp({});
  await clock.advance(1_000);
  for (const code of ['RATE_LIMIT_EXCEEDED', 'SESSION_EXPIRED'])
    service.say({ type: 'error', error: { code, message: 'no' } });
  await clock.advance(10);
  expect(errors).toMatchObject([
    { about: 'connection', code: 'RATE_LIMIT_EXCEEDED' },
    { about: 'session', code: 'SESSION_EXPIRED' },
  ]);
  await client.close();
});

it('a greeting that comes when nobody waits for it any more is taken', async () => {
  const { clock, client } = setUp({ greets: 20_000 });
  const { ready } = client.subscribe('a', () => undefined);
  const greeted: unknown[] = [];
  client.on('connection', ({ connectionId }) => greeted.push(connectionId));
  await clock.advance(15_000);
  await ready;
  expect(client.connection).toBeUndefined();
  await clock.advance(10_000);
  expect([client.connection?.connectionId, greeted]).toEqual(['c1', ['c1']]);
  await client.close();
});

it('what the service said of itself is not there any more once the connection is lost', async () => {
  const { clock, service, client } = setUp({ opens: 100 });
  client.subscribe('a', () => undefined);
  await clock.advance(1_000);
  expect(client.connection?.connectionId).toBe('c1');
  service.sockets.at(-1)?.shut(1006);
  await clock.advance(50);
  expect([client.state, client.connection]).toEqual(['connecting', undefined]);
  await clock.advance(10_000);
  expect(client.connection?.connectionId).toBe('c2');
  await client.close();
});

it('a client that is closed before it was greeted rejects what waited for it', async () => {
  const { clock, client } = setUp({ greets: 2_000 });
  const waiting = Promise.allSettled([client.connected(), client.subscribe('a', () => undefined).ready]);
  await clock.advance(1_000);
  await Promise.all([client.close(), clock.advance(10)]);
  expect(await waiting).toEqual([
    { status: 'rejected', reason: expect.any(ClosedError) },
    { status: 'rejected', reason: expect.any(ClosedError) },
  ]);
});

it.each([1002, 1006, 1001])(
  'what is asked for the moment a connection ends (%i) is asked on the next',
  async (code) => {
    const { clock, service, client } = setUp({});
    const outcomes: string[] = [];
    const note = (name: string) =>
      [
        () => outcomes.push(`${name} answered`),
        ({ name: error }: Error) => outcomes.push(`${name}: ${error}`),
      ] as const;
    const ask = (): void => {
      client.replay({ since: 0 }).then(...note('replay'));
      client.compression({ enable: true }).then(...note('compression'));
    };
    await clock.advance(10_000);
    client.on('error', ask);
    client.on('state', ask);
    const asked = () => outcomes.length;
    service.sockets[0]?.shut(code);
    ask();
    await clock.advance(60_000);
    expect(asked()).toBeGreaterThan(5);
    const isOver = code === 1002;
    expect([...new Set(outcomes)].sort()).toEqual(
      isOver ? ['compression: ClosedError', 'replay: ClosedError'] : ['compression answered', 'replay answered'],
    );
    await client.close();
  },
);

it('[P-4] what is asked while a connection is replaced that has ended meanwhile is asked on the next', async () => {
  const { clock, service, client } = setUp({ opens: 5_000 });
  await clock.advance(10_000);
  service.say({ type: 'reconnect', after: 0 });
  await clock.advance(1_000);
  service.sockets[0]?.shut(1006);
  await clock.advance(1_000);
  let answered = false;
  client.replay({ since: 0 }).then(() => {
    answered = true;
  });
  expect(client.state).toBe('connecting');
  await clock.advance(10_000);
  expect([answered, client.state, service.sockets.length]).toEqual([true, 'connected', 2]);
  await client.close();
});
