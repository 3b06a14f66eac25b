import { randomUUID } from 'node:crypto';
import amqp from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';
import { CONNECTION_NAME } from '../../localstack/connection-name.ts';
import { ownBroker } from '../own-broker.ts';
import { Client, type Message } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

// Worker threads as well, so that nothing leans on functions sharing a process; and behind a gateway that enforces what
// API Gateway does, where messages overtake each other and some ends of connections are told to nobody.
describe.each([
  ['in one process, behind a strict gateway', true, { reorder: 5, latency: 2, lostDisconnects: 0.3 }],
  ['in worker threads, behind nothing', false, false],
] as const)('a conversation, functions %s', (_, inProcess, strict) => {
  let emulator: RunningEmulator;
  let clients: Client[] = [];

  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      inProcess,
      strict,
      env: { REDIS_KEY_PREFIX: `e2e-${randomUUID()}:`, MAX_SUBSCRIPTIONS: '20' },
    });
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
  });
  afterAll(() => emulator?.stop());

  const connect = async (user: string): Promise<Client> => {
    const client = await Client.connect(emulator.websocketUrl, user);
    clients.push(client);
    return client;
  };

  /** Broadcasts over several shards, after everything before it, and waits to hear it. */
  const settle = async (listener: Client, publisher: Client): Promise<void> => {
    const last = `settle:${randomUUID()}`;
    await listener.request({ type: 'subscribe', patterns: [`${last}:*`] });
    for (let n = 0; n < 8; n++) await publisher.request({ type: 'broadcast', channel: `${last}:${n}`, data: null });
    await listener.find(() => listener.heard.filter(({ channel }) => String(channel).startsWith(last)).length === 8);
  };

  /** Waits until so many events were heard, and returns the data of all that were. */
  const dataHeard = async (client: Client, count: number): Promise<unknown[]> => {
    const heard = () =>
      client.heard.filter(({ type, channel }) => type === 'event' && !String(channel).startsWith('settle:'));
    await client.find(() => heard().length >= count);
    return heard().map(({ data }) => data);
  };

  it('[C-1] greets with the connection message', async () => {
    const alice = await connect('alice');
    const message = await alice.find(({ type }) => type === 'connection');
    expect(message).toEqual({
      type: 'connection',
      protocol: 1,
      connectionId: expect.any(String),
      userId: 'alice',
      timestamp: expect.any(Number),
      expires: null,
      server: {
        features: {
          batch: true,
          compression: true,
          patterns: true,
          replay: true,
          history: true,
          rateLimit: true,
          messageQueue: true,
          sequences: true,
        },
      },
      limits: {
        ...{ messageSize: 1_048_576, heartbeatInterval: 30_000, subscriptions: 20, batch: 100, replay: 10_000 },
        rate: { duration: 60_000, connection: 1e8, user: 1e8, backend: 1e8, global: 1e8 },
      },
    });
  });

  it('names each connection itself, whatever name a client asks for', async () => {
    const alice = await connect('alice');
    const { connectionId: taken } = await alice.find(({ type }) => type === 'connection');
    await alice.request({ type: 'subscribe', channels: ['named:one'] });
    for (const name of [String(taken), 'AAAAAAAAAAAAAAA=']) {
      const headers = { [CONNECTION_NAME]: name };
      const mallory = await Client.over(new WebSocket(`${emulator.websocketUrl}?user=mallory`, { headers }));
      clients.push(mallory);
      const { connectionId } = await mallory.find(({ type }) => type === 'connection');
      expect(connectionId).not.toBe(name);
    }
    await alice.request({ type: 'broadcast', channel: 'named:one', data: 'for alice' });
    expect(await dataHeard(alice, 1)).toEqual(['for alice']);
  });

  it.runIf(strict !== false)('lets nobody in past the strict gateway', async () => {
    const inner = `ws://127.0.0.1:${emulator.innerPort}`;
    await expect(Client.connect(inner, 'mallory')).rejects.toThrow('403');
    const forged = new WebSocket(`${inner}?user=mallory`, { headers: { [CONNECTION_NAME]: 'AAAAAAAAAAAAAAA=' } });
    await expect(Client.over(forged)).rejects.toThrow('403');
  });

  it('[C-2] takes a user without a name as anonymous, and refuses a name that cannot be one', async () => {
    const anyone = await connect('');
    expect(await anyone.find(({ type }) => type === 'connection')).toMatchObject({ userId: 'anonymous' });
    await expect(Client.connect(emulator.websocketUrl, 'x'.repeat(129))).rejects.toThrow('403');
  });

  it('[B-1] [B-2] [E-1] [E-4] [E-5] alice hears each matching event of bob once, in order', async () => {
    const alice = await connect('alice');
    const bob = await connect('bob');
    const run = randomUUID().slice(0, 8);
    const subscribed = await alice.request({
      type: 'subscribe',
      channels: [`memory-${run}:created`],
      patterns: [`user-${run}:*`, `memory-${run}:*.important`, `/task-${run}:(opened|closed)/`],
    });
    expect(subscribed).toMatchObject({
      type: 'subscribed',
      positions: { [`memory-${run}:created`]: { offset: 0, epoch: expect.any(String) } },
    });

    const sent = [
      [`memory-${run}:created`, true],
      [`memory-${run}:deleted`, false],
      [`user-${run}:42`, true],
      [`user-${run}:42:login`, false],
      [`memory-${run}:note.important`, true],
      [`memory-${run}:note:important`, false],
      [`task-${run}:opened`, true],
      [`task-${run}:reopened`, false],
      [`memory-${run}:created`, true],
      [`task-${run}:closed`, true],
    ] as const;
    for (const [n, [channel]] of sent.entries()) {
      const ack = await bob.request({ type: 'broadcast', channel, data: { n, priority: 'high' } });
      expect(ack).toMatchObject({ type: 'ack', id: expect.any(String) });
    }
    await settle(alice, bob);
    const expected = sent.flatMap(([channel, matches], n) =>
      matches ? [{ channel, data: { n, priority: 'high' } }] : [],
    );
    const own = ({ type, channel }: Message) => type === 'event' && String(channel).includes(run);
    await alice.find(() => alice.heard.filter(own).length >= expected.length);
    const events = alice.heard.filter(own);
    // No order is promised between channels.
    const byNumber = (a: Message, b: Message) => (a['data'] as { n: number }).n - (b['data'] as { n: number }).n;
    expect([...events].sort(byNumber).map(({ channel, data }) => ({ channel, data }))).toEqual(expected);
    const created = events.filter(({ channel }) => channel === `memory-${run}:created`);
    expect(created).toMatchObject([
      { offset: 1, userId: 'bob', priority: 'high', category: `memory-${run}`, data: { n: 0 } },
      { offset: 2, userId: 'bob', data: { n: 8 } },
    ]);
    expect(bob.heard.some(({ type }) => type === 'event')).toBe(false);
  });

  it('[E-3] a burst in one channel is heard in the order of its offsets', async () => {
    const alice = await connect('alice');
    const bob = await connect('bob');
    const channel = `burst:${randomUUID()}`;
    // The emulator starts a thread for each concurrent call, of a third of a second and 70 MB.
    const burst = inProcess ? 300 : 6;
    await alice.request({ type: 'subscribe', channels: [channel] });
    await Promise.all(Array.from({ length: burst }, (_, n) => bob.request({ type: 'broadcast', channel, data: n })));
    const events = await alice.events(burst);
    expect(events.map(({ offset }) => offset)).toEqual(Array.from({ length: burst }, (_, i) => i + 1));
    expect(new Set(events.map(({ data }) => data)).size).toBe(burst);
  });

  it('[C-3] [F-8] a burst comes in fewer frames to who can take several events in one, in the same order', async () => {
    const [plain, able] = [await connect('alice'), await Client.connect(emulator.websocketUrl, 'bob', 'batch')];
    clients.push(able);
    const channel = `frames:${randomUUID()}`;
    for (const client of [plain, able]) await client.request({ type: 'subscribe', channels: [channel] });
    const broker = await amqp.connect(ownBroker());
    const publisher = await broker.createConfirmChannel();
    for (let n = 0; n < 300; n++) publisher.publish('events', '', Buffer.from(String(n)), { headers: { channel } });
    await publisher.waitForConfirms();
    await broker.close();
    const unpacked = () =>
      able.heard.flatMap((message) => (message.type === 'batch' ? (message['messages'] as Message[]) : [message]));
    const heard = () => unpacked().filter(({ type }) => type === 'event');
    await able.find(() => heard().length >= 300);
    const expected = Array.from({ length: 300 }, (_, n) => n);
    expect(heard().map(({ data }) => data)).toEqual(expected);
    expect((await plain.events(300)).map(({ data }) => data)).toEqual(expected);
    expect(able.heard.length).toBeLessThan(plain.heard.length);
    expect(plain.heard.some(({ type }) => type === 'batch')).toBe(false);
  });

  it('[B-6] [E-4] broadcasts sent in one frame are answered in one, and heard in their order', async () => {
    const [alice, bob] = [await connect('alice'), await Client.connect(emulator.websocketUrl, 'bob', 'batch')];
    clients.push(bob);
    const channel = `batch:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    const messages = Array.from({ length: 50 }, (_, n) => ({ type: 'broadcast', requestId: n, channel, data: n }));
    bob.send({ type: 'batch', messages });
    const answer = await bob.find(({ type }) => type === 'batch');
    expect((answer['messages'] as Message[]).map(({ type, requestId }) => [type, requestId])).toEqual(
      messages.map(({ requestId }) => ['ack', requestId]),
    );
    expect((await alice.events(50)).map(({ data }) => data)).toEqual(messages.map(({ data }) => data));
  });

  it('[B-2] a publisher that listens hears itself; [B-3] a private event only those it names', async () => {
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map(connect));
    if (!alice || !bob || !carol) throw new Error('not connected');
    const channel = `room:${randomUUID()}`;
    for (const client of [alice, bob, carol]) await client.request({ type: 'subscribe', channels: [channel] });
    await bob.request({ type: 'broadcast', channel, data: 'all' });
    await bob.request({ type: 'broadcast', channel, data: 'carol only', targetUsers: ['carol', 'dave'] });
    for (const client of [alice, bob, carol]) await settle(client, bob);
    expect(await dataHeard(alice, 1)).toEqual(['all']);
    expect(await dataHeard(bob, 1)).toEqual(['all']);
    expect((await dataHeard(carol, 2)).sort()).toEqual(['all', 'carol only']);
    expect(carol.heard.find(({ data }) => data === 'carol only')).toMatchObject({ private: true, offset: 1 });
  });

  it('[B-4] a broadcast sent again with its id is acked again and heard once', async () => {
    const alice = await connect('alice');
    const channel = `again:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    for (let i = 0; i < 3; i++) {
      const ack = await alice.request({ type: 'broadcast', channel, id: 'the-same', data: i });
      expect(ack).toMatchObject({ type: 'ack', id: 'the-same' });
    }
    await settle(alice, alice);
    expect(await dataHeard(alice, 1)).toEqual([0]);
  });

  it('[S-7] what was unsubscribed is not heard any more', async () => {
    const alice = await connect('alice');
    const [kept, ended] = [`kept:${randomUUID()}`, `ended:${randomUUID()}`];
    await alice.request({ type: 'subscribe', channels: [kept], patterns: [`${ended}:*`] });
    const answer = await alice.request({ type: 'unsubscribe', channels: ['never:held'], patterns: [`${ended}:*`] });
    expect(answer).toMatchObject({ type: 'unsubscribed', patterns: [`${ended}:*`] });
    await alice.request({ type: 'broadcast', channel: `${ended}:x`, data: 'ended' });
    await alice.request({ type: 'broadcast', channel: kept, data: 'kept' });
    await settle(alice, alice);
    expect(await dataHeard(alice, 1)).toEqual(['kept']);
  });

  it('[A-1] what a plain AMQP client publishes is heard', async () => {
    const alice = await connect('alice');
    const channel = `orders:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    const broker = await amqp.connect(ownBroker());
    const wire = await broker.createConfirmChannel();
    wire.publish('events', 'means nothing', Buffer.from('{"total":7}'), { headers: { channel }, messageId: 'order-1' });
    wire.publish('events', '', Buffer.from('{"broken'), { headers: { channel } });
    wire.publish('events', '', Buffer.from('{"total":8}'), {
      headers: { channel, priority: 'critical', userId: 'shop' },
    });
    await wire.waitForConfirms();
    await broker.close();
    const events = await alice.events(2);
    expect(events).toMatchObject([
      { id: 'order-1', data: { total: 7 }, category: 'orders', priority: 'normal', offset: 1 },
      { data: { total: 8 }, priority: 'critical', userId: 'shop', offset: 2 },
    ]);
  });

  it('[A-2] poison lies in the parking queue, with its reason', async () => {
    const broker = await amqp.connect(ownBroker());
    const wire = await broker.createConfirmChannel();
    const id = randomUUID();
    wire.publish('events', '', Buffer.from('not json'), { headers: { channel: 'a:b' }, messageId: id });
    await wire.waitForConfirms();
    const parked = await (async () => {
      for (let tries = 0; tries < 100; tries++) {
        const message = await wire.get('events.parked', { noAck: true });
        if (message && message.properties.messageId === id) return message;
        if (!message) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('never parked');
    })();
    await broker.close();
    expect(parked.content.toString()).toBe('not json');
    expect(parked.properties.headers).toMatchObject({
      channel: 'a:b',
      'x-parked-reason': expect.stringContaining('JSON'),
      'x-parked-queue': expect.stringMatching(/^events\.\d$/),
    });
  });

  it('[F-6] an event too large for a frame is announced without its data', async () => {
    const alice = await connect('alice');
    const channel = `large:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    await alice.request({ type: 'broadcast', channel, data: 'x'.repeat(32_000) });
    await alice.request({ type: 'broadcast', channel, data: 'x'.repeat(33_000) });
    const [fits, large] = await alice.events(2);
    expect(fits).toMatchObject({ data: 'x'.repeat(32_000), offset: 1 });
    expect(large).toMatchObject({ data: null, omitted: true, offset: 2 });
  });

  it('[F-1] [F-3] [F-5] whatever is sent, it is answered, and the connection and its subscriptions live on', async () => {
    const alice = await connect('alice');
    const channel = `after:${randomUUID()}`;
    await alice.request({ type: 'subscribe', channels: [channel] });
    const frames: [string | Buffer, string][] = [
      ['not json', 'INVALID_JSON'],
      ['null', 'INVALID_MESSAGE'],
      ['[1,2]', 'INVALID_MESSAGE'],
      ['"text"', 'INVALID_MESSAGE'],
      ['{}', 'UNKNOWN_TYPE'],
      ['{"type":{"a":1}}', 'UNKNOWN_TYPE'],
      ['{"type":"$connect"}', 'UNKNOWN_TYPE'],
      ['{"type":"$disconnect"}', 'UNKNOWN_TYPE'],
      ['{"type":"$default"}', 'UNKNOWN_TYPE'],
      ['{"type":"subscribe","channels":["no spaces"]}', 'INVALID_CHANNEL'],
      ['{"type":"subscribe","patterns":["/[/"]}', 'INVALID_PATTERN'],
      [
        JSON.stringify({ type: 'subscribe', channels: Array.from({ length: 21 }, (_, i) => `c${i}`) }),
        'TOO_MANY_SUBSCRIPTIONS',
      ],
      ['{"type":"replay"}', 'INVALID_MESSAGE'],
      ['{"type":"auth","token":"a.b.c"}', 'NOT_AVAILABLE'],
    ];
    // API Gateway lets neither through.
    if (strict === false) {
      frames.push(
        [Buffer.from('{"type":"ping"}'), 'BINARY_NOT_SUPPORTED'],
        [JSON.stringify({ type: 'ping', padding: 'x'.repeat(1_048_576) }), 'MESSAGE_TOO_LARGE'],
      );
    }
    const codes = () =>
      alice.heard.filter(({ type }) => type === 'error').map(({ error }) => (error as { code: string }).code);
    for (const [i, [frame]] of frames.entries()) {
      alice.socket.send(frame);
      await alice.find(() => codes().length === i + 1);
    }
    expect(codes()).toEqual(frames.map(([, code]) => code));
    expect(alice.socket.readyState).toBe(WebSocket.OPEN);
    await alice.request({ type: 'broadcast', channel, data: 'still here' });
    expect((await alice.events(1))[0]).toMatchObject({ channel, data: 'still here' });
  });

  it('[F-2] [P-1] a ping is answered, with its requestId', async () => {
    const alice = await connect('alice');
    alice.send({ type: 'ping', requestId: 7 });
    expect(await alice.find(({ requestId }) => requestId === 7)).toEqual({
      type: 'pong',
      requestId: 7,
      time: expect.any(Number),
    });
  });

  it('[R-1] [R-6] [S-9] [S-10] what was missed is replayed, as the examples of the description ask for it', async () => {
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const since = Date.now() - 1_000;
    await alice.request({ type: 'subscribe', patterns: ['memory:*', 'user:*'] });
    for (let n = 0; n < 40; n++) {
      const data = { n, priority: 'high', text: 'x'.repeat(2_000) };
      await bob.request({ type: 'broadcast', channel: 'memory:created', data });
    }
    // An ack says that it is safe in its shard: between channels only what was heard before has its place before.
    await dataHeard(alice, 40);
    await bob.request({ type: 'broadcast', channel: 'user:7', data: { priority: 'low' } });
    await dataHeard(alice, 41);

    const again = await connect('alice');
    again.send({
      type: 'subscribe',
      channels: ['memory:created', 'memory:updated'],
      patterns: ['user:*', 'memory:*.important'],
      options: { sendInitialState: true, replayEvents: true, replaySince: since },
    });
    await again.find(({ type, final }) => type === 'replay' && final === true);
    const eventsOf = (wanted: string) =>
      again.heard.filter(({ type }) => type === wanted).flatMap(({ events }) => events as Message[]);
    const types = again.heard
      .map(({ type }) => type)
      .filter((type) => ['subscribed', 'state', 'replay'].includes(type));
    expect(types.slice(0, 3)).toEqual(['subscribed', 'state', 'replay']);
    expect(types.filter((type) => type === 'replay').length).toBeGreaterThan(2);
    expect(
      eventsOf('state')
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['memory:created', 'user:7']);
    expect(eventsOf('replay').map(({ channel }) => channel)).toEqual([...Array(40).fill('memory:created'), 'user:7']);

    again.heard.length = 0;
    again.send({ type: 'replay', since, categories: ['memory', 'user'], priority: 'high', limit: 100 });
    const last = await again.find(({ type, final }) => type === 'replay' && final === true);
    expect(last).toMatchObject({ recovered: true, truncated: false, next: null });
    expect(eventsOf('replay').map(({ data }) => (data as { n: number }).n)).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    );
  });

  it('[S-8] a client killed without a close leaves the others hearing', async () => {
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const channel = `killed:${randomUUID()}`;
    for (const client of [alice, bob]) await client.request({ type: 'subscribe', channels: [channel] });
    alice.socket.terminate();
    for (let n = 0; n < 20; n++) await bob.request({ type: 'broadcast', channel, data: n });
    expect((await bob.events(20)).map(({ data }) => data)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });
});
