import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { Client, type Message } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ADMIN_KEY = 'a key for tests alone';

describe('what the service tells of itself, on a laptop', () => {
  let emulator: RunningEmulator;
  let clients: Client[] = [];

  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: {
        REDIS_KEY_PREFIX: `service-${randomUUID()}:`,
        SERVICE_EVENTS: 'connections, subscriptions, users, channels, sessions, limits, parked',
      },
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

  it('[V-5] [V-6] is who is there, over all devices and with a grace, and whose sessions were revoked', async () => {
    const admin = await connect('watcher');
    await admin.request({ type: 'subscribe', channels: ['$service:users', '$service:channels', '$service:sessions'] });
    const heard = () =>
      admin.heard.flatMap(({ type, category, data }) =>
        type === 'event' ? [`${category} ${JSON.stringify(data)}`] : [],
      );
    const devices = [await connect('dora'), await connect('dora')];
    for (const device of devices) await device.request({ type: 'subscribe', channels: ['room:7'] });
    await expect.poll(heard, { timeout: 30_000 }).toContain('occupied {"channel":"room:7"}');
    await devices[0]?.close();
    await fetch(`${emulator.httpUrl}/users/dora/connections`, {
      method: 'DELETE',
      headers: { 'x-api-key': ADMIN_KEY },
    });
    const all = [
      ...['occupied {"channel":"room:7"}', 'vacated {"channel":"room:7"}'],
      ...['online {"user":"dora"}', 'offline {"user":"dora"}', 'revoked {"user":"dora"}'],
    ];
    const ofDora = () => heard().filter((text) => text.includes('dora') || text.includes('room:7'));
    await expect.poll(() => ofDora().sort(), { timeout: 60_000 }).toEqual(all.sort());
  }, 120_000);

  it('[G-10] is said by nobody else', async () => {
    const mallory = await connect('mallory');
    const message = { type: 'broadcast', channel: '$service:connections', data: { user: 'bob' } };
    expect(await mallory.request(message)).toMatchObject({ type: 'error', error: { code: 'FORBIDDEN' } });
  });
});
