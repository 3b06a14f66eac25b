import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  type Client,
  type ConnectOptions,
  connect,
  type Event,
  type WebSocketConstructor,
} from '../../client/src/index.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { ownBroker } from '../own-broker.ts';

import { type RunningEmulator, startEmulator } from './emulator.ts';

/** Resolves once a condition holds. */
const until = async (condition: () => boolean, patience = 60_000): Promise<void> => {
  const giveUp = Date.now() + patience;
  while (!condition()) {
    if (Date.now() > giveUp) throw new Error(`Never: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

describe('the client library over the running service', () => {
  let emulator: RunningEmulator;
  let clients: Client[] = [];
  const failures: unknown[] = [];

  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `library-${randomUUID()}:`, WS_HEARTBEAT_INTERVAL: '1000' },
    });
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
    failures.length = 0;
  });
  afterAll(() => emulator?.stop());

  /** Sockets that can be cut from outside. */
  const cuttable = () => {
    const sockets: WebSocket[] = [];
    class Cuttable extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    return { webSocket: Cuttable as unknown as WebSocketConstructor, cut: () => sockets.at(-1)?.terminate(), sockets };
  };

  const open = (user: string, options: Partial<ConnectOptions> = {}): Client => {
    const client = connect({ url: emulator.websocketUrl, user, backoff: { first: 50, most: 200 }, ...options });
    client.on('error', (error) => failures.push(error));
    clients.push(client);
    return client;
  };

  it('hears what was missed of a network that passed nothing on and told nobody but the page', async () => {
    const proxy = await TcpProxy.start(portOf(emulator.websocketUrl));
    try {
      const [alice, bob] = [open('alice', { url: `ws://127.0.0.1:${proxy.port}` }), open('bob')];
      const channel = randomUUID();
      const heard: unknown[] = [];
      await alice.subscribe(channel, ({ data }) => heard.push(data)).ready;
      await bob.broadcast(channel, 'before');
      await until(() => heard.length === 1);
      proxy.stall();
      alice.reconnect();
      await until(() => alice.state !== 'connected');
      await bob.broadcast(channel, 'meanwhile');
      proxy.resume();
      alice.reconnect();
      await until(() => heard.length === 2);
      expect(heard).toEqual(['before', 'meanwhile']);
      await alice.connected();
    } finally {
      await proxy.stop();
    }
  });

  it('subscribes, broadcasts, and hears what was asked for', async () => {
    const [alice, bob] = [open('alice'), open('bob')];
    const run = randomUUID();
    const heard: Event[] = [];
    await alice.subscribe(`${run}:*`, (event) => heard.push(event)).ready;
    const { id } = await bob.broadcast(`${run}:a`, { n: 1 }, { priority: 'high' });
    await bob.broadcast(`${run}:a`, { n: 2 });
    await bob.broadcast(`${run}:a:deeper`, { n: 3 });
    await until(() => heard.length === 2);
    expect(heard).toMatchObject([
      { id, data: { n: 1 }, priority: 'high', userId: 'bob', offset: 1 },
      { data: { n: 2 }, offset: 2 },
    ]);
    expect(failures).toEqual([]);
    expect(alice.connection).toMatchObject({ userId: 'alice' });
  });

  it('hears everything once and in order while its sockets are cut again and again', async () => {
    const lines = cuttable();
    const alice = open('alice', { webSocket: lines.webSocket });
    const bobs = cuttable();
    const bob = open('bob', { webSocket: bobs.webSocket });
    const run = randomUUID();
    const heard = new Map<string, number[]>();
    const gaps: unknown[] = [];
    alice.on('gap', (gap) => gaps.push(gap));
    await alice.subscribe(`${run}:*`, ({ channel, data }) => {
      heard.set(channel, [...(heard.get(channel) ?? []), data as number]);
    }).ready;
    const cutting = setInterval(() => {
      lines.cut();
      if (Math.random() < 0.3) bobs.cut();
    }, 300);
    const rounds = 100;
    for (let n = 0; n < rounds; n++) {
      await Promise.all([0, 1, 2].map((channel) => bob.broadcast(`${run}:${channel}`, n)));
    }
    clearInterval(cutting);
    const all = Array.from({ length: rounds }, (_, n) => n);
    await until(() => [0, 1, 2].every((channel) => (heard.get(`${run}:${channel}`)?.length ?? 0) >= rounds));
    for (const channel of [0, 1, 2]) expect(heard.get(`${run}:${channel}`)).toEqual(all);
    expect(gaps).toEqual([]);
    expect(lines.sockets.length).toBeGreaterThan(2);
  });

  it('replaces its connection under load, again and again, without an event lost or doubled', async () => {
    const lines = cuttable();
    const alice = open('alice', { webSocket: lines.webSocket, replaceAfter: 400 });
    const bobs = cuttable();
    const bob = open('bob', { webSocket: bobs.webSocket, replaceAfter: 400 });
    const run = randomUUID();
    const heard = new Map<string, number[]>();
    const states: string[] = [];
    await alice.subscribe(`${run}:*`, ({ channel, data }) => {
      heard.set(channel, [...(heard.get(channel) ?? []), data as number]);
    }).ready;
    await Promise.all([alice.connected(), bob.connected()]);
    alice.on('state', (state) => states.push(state));
    let published = 0;
    while (lines.sockets.length < 5 || bobs.sockets.length < 5) {
      await Promise.all([0, 1].map((channel) => bob.broadcast(`${run}:${channel}`, published)));
      published++;
    }
    const all = Array.from({ length: published }, (_, n) => n);
    await until(() => [0, 1].every((channel) => (heard.get(`${run}:${channel}`)?.length ?? 0) >= published));
    for (const channel of [0, 1]) expect(heard.get(`${run}:${channel}`)).toEqual(all);
    expect(alice.counts.gaps).toBe(0);
    // Make before break: nobody was ever without a connection.
    expect(states).toEqual([]);
    expect(failures).toEqual([]);
  });

  it('comes back to what was published while it was away, in many channels, in pages', async () => {
    const lines = cuttable();
    const alice = open('alice', { webSocket: lines.webSocket, backoff: { first: 4_000, most: 4_000 } });
    const bob = open('bob');
    const run = randomUUID();
    const heard: Event[] = [];
    await alice.subscribe(`${run}:*`, (event) => heard.push(event)).ready;
    // The wait may be drawn as short as nothing: it is listened for, not looked for.
    const waiting = new Promise<void>((resolve) => {
      alice.on('state', (state) => {
        if (state === 'waiting') resolve();
      });
    });
    lines.cut();
    await waiting;
    const sent = Array.from({ length: 600 }, (_, n) => bob.broadcast(`${run}:${n % 20}`, n));
    await Promise.all(sent);
    await until(() => heard.length >= 600);
    for (let channel = 0; channel < 20; channel++) {
      const own = heard.filter((event) => event.channel === `${run}:${channel}`);
      expect(own.map(({ data }) => data)).toEqual(Array.from({ length: 30 }, (_, i) => i * 20 + channel));
    }
    // It may be back while there is more to come: what it is posted then, and is told of again, it leaves out.
    expect(alice.counts).toMatchObject({ events: 600, gaps: 0 });
  });

  it('begins with the latest of each channel, or with what was published since, and goes on from there', async () => {
    const [alice, bob] = [open('alice'), open('bob')];
    const run = randomUUID();
    for (let n = 0; n < 4; n++) await bob.broadcast(`${run}:${n % 2}`, n);
    await alice.subscribe(`${run}:*`, () => undefined).ready;
    const [state, replayed]: [[unknown, string][], [unknown, string][]] = [[], []];
    const withState = alice.subscribe(`${run}:*`, ({ data }, how) => state.push([data, how]), { initialState: true });
    const withReplay = alice.subscribe(`${run}:0`, ({ data }, how) => replayed.push([data, how]), { replay: {} });
    await Promise.all([withState.ready, withReplay.ready]);
    await bob.broadcast(`${run}:0`, 4);
    await until(() => state.length === 3 && replayed.length === 3);
    expect(state.slice(0, 2).sort()).toEqual([
      [2, 'state'],
      [3, 'state'],
    ]);
    expect(state[2]).toEqual([4, 'live']);
    expect(replayed).toEqual([
      [0, 'replay'],
      [2, 'replay'],
      [4, 'live'],
    ]);
    const { events, recovered } = await alice.replay({ since: Date.now() - 60_000, limit: 2 });
    expect(events).toHaveLength(2);
    expect(recovered).toBe(true);
    await expect(alice.replay({ since: Date.now() + 600_000 })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
    await expect(alice.subscribe('a::b', () => undefined).ready).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
    await expect(alice.broadcast('no spaces', 1)).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
  });

  it('[R-14] goes back through a history page by page, and begins with the last of it, while it is published to', async () => {
    const [alice, bob] = [open('alice'), open('bob')];
    const run = randomUUID();
    await Promise.all(Array.from({ length: 20 }, (_, n) => bob.broadcast(run, n)));
    const heard: unknown[] = [];
    const subscription = alice.subscribe(run, ({ data }) => heard.push(data), { replay: { last: 3 } });
    await subscription.ready;
    const found: unknown[] = [];
    let page = await bob.history(run, { last: 6 });
    while (heard.length < 3 || page.events.at(-1)?.data !== 19) page = await bob.history(run, { last: 6 });
    for (let n = 20; ; n++) {
      await bob.broadcast(run, n);
      found.unshift(...page.events.map(({ data }) => data));
      expect(page.recovered).toBe(true);
      if (page.before === null) break;
      page = await bob.history(run, { last: 6, before: page.before });
    }
    expect(found).toEqual(Array.from({ length: 20 }, (_, n) => n));
    await until(() => heard.at(-1) === 23);
    expect(heard).toEqual(Array.from(heard, (_, i) => 24 - heard.length + i));
    expect(failures).toEqual([]);
  });

  it('takes a large event whole, and many small ones in few frames', async () => {
    const [alice, bob] = [open('alice'), open('bob')];
    const run = randomUUID();
    const heard: Event[] = [];
    await Promise.all([alice.subscribe(run, (event) => heard.push(event)).ready, bob.connected()]);
    await until(() => bob.connection !== undefined);
    const large = 'x'.repeat(200_000);
    await bob.broadcast(run, large);
    await Promise.all(Array.from({ length: 300 }, (_, n) => bob.broadcast(run, n)));
    await until(() => heard.length === 301);
    expect(heard[0]?.data).toBe(large);
    expect(heard.slice(1).map(({ data }) => data)).toEqual(Array.from({ length: 300 }, (_, n) => n));
  });
});
