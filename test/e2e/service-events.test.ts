import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { Client, type Message } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

describe('what the service tells of itself, on a laptop', () => {
  let emulator: RunningEmulator;
  let clients: Client[] = [];

  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `service-${randomUUID()}:`, SERVICE_EVENTS: 'connections, subscriptions' },
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

  const told = (messages: readonly Message[], user: string) =>
    messages.flatMap(({ type, category, data }) => {
      if (type !== 'event') return [];
      const { user: of, connection: _, ...rest } = data as { user: string; connection: string };
      return of === user ? [[category, rest]] : [];
    });

  it('[V-1] [V-4] is heard by an administrator while others come and go, and replayed to the next', async () => {
    const admin = await connect('admin');
    const everyone = await connect('everyone');
    await admin.request({ type: 'subscribe', patterns: ['$service:*'] });
    await everyone.request({ type: 'subscribe', patterns: ['**'] });
    const alice = await connect('alice');
    await alice.request({ type: 'subscribe', channels: ['task:a'], patterns: ['task:*'] });
    await alice.request({ type: 'unsubscribe', channels: ['task:a'] });
    await alice.close();
    const life = [
      ['opened', {}],
      ['closed', { reason: 'left' }],
    ];
    const wishes = [
      ['subscribed', { texts: ['task:a', 'task:*'] }],
      ['unsubscribed', { texts: ['task:a'] }],
    ];
    const ofChannel = (client: Client, channel: string) => client.heard.filter((each) => each['channel'] === channel);
    await expect.poll(() => told(ofChannel(admin, '$service:connections'), 'alice'), { timeout: 30_000 }).toEqual(life);
    await expect.poll(() => told(ofChannel(admin, '$service:subscriptions'), 'alice')).toEqual(wishes);
    // It follows only what it named, and of that nothing is told.
    expect(told(admin.heard, 'admin').filter(([category]) => category === 'subscribed')).toEqual([]);
    expect(everyone.heard.filter(({ channel }) => String(channel).startsWith('$'))).toEqual([]);

    const next = await connect('next');
    const options = { replayEvents: true };
    await next.request({ type: 'subscribe', channels: ['$service:connections', '$service:subscriptions'], options });
    await next.find(({ type }) => type === 'replay');
    const replayed = next.heard.flatMap(({ type, events }) => (type === 'replay' ? (events as Message[]) : []));
    expect(told(replayed, 'alice').sort()).toEqual([...life, ...wishes].sort());
  });

  it('[G-10] is said by nobody else', async () => {
    const alice = await connect('alice');
    const message = { type: 'broadcast', channel: '$service:connections', data: { user: 'bob' } };
    expect(await alice.request(message)).toMatchObject({ type: 'error', error: { code: 'FORBIDDEN' } });
  });
});
