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
import { type RunningEmulator, startEmulator } from './emulator.ts';

/** Resolves once a condition holds. */
const until = async (condition: () => boolean, patience = 20_000): Promise<void> => {
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
      rabbitmqUrl: inject('rabbitmqUrl'),
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
});
