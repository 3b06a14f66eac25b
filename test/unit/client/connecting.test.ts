import { describe, expect, it } from 'vitest';
import { Connection } from '../../../client/src/connection.ts';
import { type Client, ConnectionLostError, connect } from '../../../client/src/index.ts';
import { serializeBroadcast } from '../../../client/src/serialized-broadcast.ts';
import { Timers } from '../../../client/src/timers.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Moment, type Script, ScriptedService } from './scripted-service.ts';

const microtasks = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await undefined;
};

/** When something is done, measured on the way of a socket. */
const TIMES: readonly (readonly [string, Moment, (act: () => void, clock: ModelClock) => void])[] = [
  ['in the task that makes the socket', 'made', (act) => act()],
  ...[1, 3, 8].map(
    (count) => [`${count} microtasks later`, 'made', (act: () => void) => void microtasks(count).then(act)] as const,
  ),
  ['a task later', 'made', (act, clock) => void clock.after(0, act)],
  ['just before it opens', 'before open', (act) => act()],
  ['as it opens', 'open', (act) => act()],
  ['a microtask after it opened', 'open', (act) => void microtasks(1).then(act)],
  ['between its opening and its greeting', 'open', (act, clock) => void clock.after(50, act)],
  ['just before it is greeted', 'before greeting', (act) => act()],
  ['as it is greeted', 'greeted', (act) => act()],
];

/** What is done, and what is to come of it. */
const ACTIONS: Readonly<Record<string, (client: Client, done: (what: unknown) => void) => void>> = {
  subscribe: (client, done) => void client.subscribe('a', () => undefined).ready.then(done),
  'subscribe to much at once': (client, done) => {
    const all = ['a', 'b', 'x:*', 'a'].map((text) => client.subscribe(text, () => undefined).ready);
    void Promise.all(all).then(done);
  },
  'subscribe and begin with what there is': (client, done) => {
    void client.subscribe('a', () => undefined, { initialState: true, replay: {} }).ready.then(done);
  },
  'subscribe and unsubscribe': (client, done) => {
    const subscription = client.subscribe('a', () => undefined);
    subscription.unsubscribe();
    void subscription.ready.then(done);
  },
  broadcast: (client, done) => void client.broadcast('a', 1).then(done),
  replay: (client, done) => void client.replay({ since: 0 }).then(done),
  compression: (client, done) => void client.compression({ enable: false }).then(done),
  'connected()': (client, done) => void client.connected().then(done),
};

const setUp = (script: Script) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const errors: unknown[] = [];
  const { webSocket } = service;
  const client = connect({ url: 'ws://model', user: 'alice', token: () => 'token', webSocket, clock });
  client.on('error', (error) => errors.push(error));
  return { clock, service, errors, client };
};

/** Does something once, at one time on the way of the nth socket. */
const setUpToAct = (socket: number, time: (typeof TIMES)[number], act: (client: Client) => void) => {
  const [, moment, when] = time;
  const world = setUp({
    expires: 60_000,
    on: (reached, nth) => {
      if (nth === socket && reached === moment) when(() => act(world.client), world.clock);
    },
  });
  return world;
};

describe.each(Object.entries(ACTIONS))('%s', (_, action) => {
  it('right after connect', async () => {
    for (const count of [0, 1, 2, 3]) {
      const { clock, service, errors, client } = setUp({});
      const done: unknown[] = [];
      await microtasks(count);
      action(client, (what) => done.push(what));
      await clock.advance(20_000);
      expect([service.sockets.length, client.state, done.length, errors]).toEqual([1, 'connected', 1, []]);
      await client.close();
    }
  });

  it.each(TIMES)('on the first connection, %s', async (...time) => {
    const done: unknown[] = [];
    const { clock, service, errors, client } = setUpToAct(1, time, (it) => action(it, (what) => done.push(what)));
    client.subscribe('before', () => undefined);
    await clock.advance(20_000);
    expect([service.sockets.length, client.state, done.length, errors]).toEqual([1, 'connected', 1, []]);
    // The session is renewed on it, too.
    await clock.advance(40_000);
    expect([service.count('auth'), service.sockets.length, errors]).toEqual([1, 1, []]);
    await client.close();
  });

  it.each(TIMES)('[P-4] while a connection is replaced, on the way of the next, %s', async (...time) => {
    const done: unknown[] = [];
    const { clock, service, errors, client } = setUpToAct(2, time, (it) => action(it, (what) => done.push(what)));
    await client.subscribe('before', () => undefined, {});
    await clock.advance(10_000);
    service.say({ type: 'reconnect', after: 0 });
    await clock.advance(20_000);
    expect([service.sockets.length, client.state, done.length, errors]).toEqual([2, 'connected', 1, []]);
    await client.close();
  });

  it.each(TIMES)('once a connection is lost, on the way of the next, %s', async (...time) => {
    const done: unknown[] = [];
    const { clock, service, errors, client } = setUpToAct(2, time, (it) => action(it, (what) => done.push(what)));
    client.subscribe('before', () => undefined);
    await clock.advance(10_000);
    service.sockets[0]?.shut(1006);
    await clock.advance(40_000);
    expect([service.sockets.length, client.state, done.length]).toEqual([2, 'connected', 1]);
    // The one that was cut.
    expect(errors).toEqual([expect.any(ConnectionLostError)]);
    await client.close();
  });
});

it.each(TIMES)('a client that is closed is closed: %s', async (...time) => {
  let closed: Promise<void> | undefined;
  const { clock, service, errors, client } = setUpToAct(1, time, (it) => {
    closed = it.close();
  });
  client.subscribe('a', () => undefined);
  await clock.advance(60_000);
  await closed;
  expect([client.state, service.sockets.map(({ state }) => state), errors]).toEqual(['closed', ['closed'], []]);
});

it.each(TIMES)('a connection that is cut is followed by one that holds everything: %s', async (...time) => {
  const { clock, service, errors, client } = setUpToAct(1, time, () => service.sockets[0]?.shut(1001));
  client.subscribe('a', () => undefined);
  const acked = client.broadcast('a', 1);
  await clock.advance(60_000);
  expect([client.state, service.sockets.length]).toEqual(['connected', 2]);
  expect(errors).toEqual([expect.any(ConnectionLostError)]);
  expect(service.sent[1]?.map(({ type }) => type)).toContain('subscribe');
  await expect(acked).resolves.toEqual({ id: expect.any(String) });
  await client.close();
});

it('a request of a connection whose handshake is under way is sent once that is done, or fails with it', async () => {
  for (const isRefused of [false, true]) {
    const clock = new ModelClock(new SeededRandom(1));
    const service = new ScriptedService(clock);
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const ignored = { onEvent: () => undefined, onWelcome: () => undefined, onUnreadable: () => undefined };
    const connection = new Connection(
      {
        settings: {
          webSocket: service.webSocket,
          clock: new Timers(clock),
          requestTimeout: 30_000,
          frameBytes: 32_768,
        },
        onError,
        ...ignored,
      },
      { url: 'ws://model', user: 'alice', token: undefined, capabilities: 'batch,chunk' },
    );
    const answers = Promise.allSettled([
      connection.request({ type: 'ping' }, 'pong'),
      ...connection.send(['1', '2'].map((id) => serializeBroadcast({ type: 'broadcast', channel: 'a', data: 1, id }))),
    ]);
    expect(connection.isOpen).toBe(false);
    if (isRefused) service.sockets[0]?.shut(1006);
    await clock.advance(1_000);
    const status = isRefused ? 'rejected' : 'fulfilled';
    expect((await answers).map((answer) => answer.status)).toEqual([status, status, status]);
    expect(service.sent.flat().map(({ type }) => type)).toEqual(isRefused ? [] : ['ping', 'broadcast', 'broadcast']);
    expect([connection.isOpen, errors]).toEqual([!isRefused, []]);
    connection.close();
    expect(connection.isOpen).toBe(false);
  }
});

it('connect() has returned before the class of sockets is called, which is the code of an application', async () => {
  let client: Client | undefined;
  const found: unknown[] = [];
  const script = { on: (moment: Moment) => moment === 'made' && found.push(client) };
  const service = new ScriptedService(new ModelClock(new SeededRandom(1)), script);
  client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket });
  expect(found).toEqual([]);
  await microtasks(8);
  expect(found).toEqual([client]);
  await client.close();
});

it.each([null, undefined, 'no', new Error('no')])(
  'what a class of sockets throws of its own is told, and the next is tried: %s',
  async (thrown) => {
    let made = 0;
    class Unwilling {
      constructor() {
        made++;
      }
      set onopen(_: unknown) {
        throw thrown;
      }
      send(): void {}
      close(): void {}
    }
    const clock = new ModelClock(new SeededRandom(1));
    const webSocket = Unwilling as unknown as ScriptedService['webSocket'];
    const client = connect({ url: 'ws://model', user: 'alice', webSocket, clock });
    const errors: unknown[] = [];
    client.on('error', ({ name, message }) => errors.push([name, message]));
    await clock.advance(60_000);
    expect(made).toBeGreaterThan(2);
    expect(errors.slice(0, 2)).toEqual(Array(2).fill(['FrameError', `Unreadable frame: ${String(thrown)}`]));
    await client.close();
  },
);
