import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connect, type Event, type Gap, type ToldError } from '../../../client/src/index.ts';
import { createTestService, type TestService } from '../../../client/testing/index.ts';

const DAY = 86_400_000;

describe('a service for the tests of an application', () => {
  let service: TestService;

  beforeEach(() => {
    service = createTestService();
  });
  afterEach(() => service.close());

  /** A client that hears a text, and what it hears. */
  const listen = async (text: string, user = 'alice') => {
    const client = service.connect({ user });
    const [heard, gaps, errors]: [Event[], Gap[], ToldError[]] = [[], [], []];
    client.on('gap', (gap) => gaps.push(gap));
    client.on('error', (error) => errors.push(error));
    await client.subscribe(text, (event) => heard.push(event)).ready;
    return { client, gaps, errors, data: () => heard.map(({ data }) => data) };
  };

  it('has what is published heard by the time that publish resolves, without time', async () => {
    const began = service.now;
    const { data } = await listen('task:*');
    await service.publish('task:opened', { title: 'Hello' });
    expect(data()).toEqual([{ title: 'Hello' }]);
    expect(service.now).toBe(began);
  });

  it('has an event heard after a moment, where a pattern has heard none of the channel’s earlier ones', async () => {
    await service.publish('task:opened', 1);
    await service.advance(10_000);
    const { data } = await listen('task:*');
    await service.publish('task:opened', 2);
    expect(data()).toEqual([]);
    await service.advance(100);
    expect(data()).toEqual([2]);
  });

  it('takes broadcasts of clients, and tells what was appended', async () => {
    const { client, data } = await listen('task:*');
    const { id } = await client.broadcast('task:opened', 1, { priority: 'high' });
    await service.settled();
    expect(data()).toEqual([1]);
    expect(service.events).toMatchObject([
      { channel: 'task:opened', data: 1, id, user: 'alice', to: undefined, priority: 'high', offset: 1 },
    ]);
  });

  it('has private events heard by those alone who they are for', async () => {
    const [alice, bob] = [await listen('note', 'alice'), await listen('note', 'bob')];
    await service.publish('note', 'for bob', { targetUsers: ['bob'] });
    expect([alice.data(), bob.data()]).toEqual([[], ['for bob']]);
    expect(service.events).toMatchObject([{ to: 'bob', user: 'back-end' }]);
  });

  it('replays what was missed once a broken connection was made anew, for which time has to pass', async () => {
    const { client, data, gaps } = await listen('task:*');
    await service.publish('task:opened', 1);
    service.drop();
    await service.publish('task:opened', 2);
    expect([client.state, data()]).toEqual(['waiting', [1]]);
    await service.advance(30_000);
    expect([client.state, data(), gaps]).toEqual(['connected', [1, 2], []]);
  });

  it('breaks the connections of one user, and leaves those of others', async () => {
    await listen('a', 'alice');
    await listen('a', 'bob');
    service.disconnect('alice');
    expect(service.connections).toMatchObject([{ user: 'bob', subscriptions: ['a'] }]);
  });

  it('lets nobody in while it is offline; what is broadcast meanwhile waits', async () => {
    const { client, data } = await listen('task');
    service.setOffline(true);
    const sent = client.broadcast('task', 'later');
    await service.advance(3 * DAY);
    expect(service.events).toEqual([]);
    service.setOffline(false);
    await service.advance(60_000);
    await sent;
    expect(data()).toEqual(['later']);
  });

  it('lets nothing through while it is paused, and everything in order afterwards', async () => {
    const { client, data } = await listen('task');
    service.pause();
    let isAcked = false;
    const sent = client.broadcast('task', 1).then(() => {
      isAcked = true;
    });
    await service.settled();
    expect([isAcked, service.events]).toEqual([false, []]);
    service.resume();
    await sent;
    await service.settled();
    expect(data()).toEqual([1]);
  });

  it('has a client find out by itself that nothing gets through', async () => {
    const { client } = await listen('task');
    service.pause();
    await service.advance(120_000);
    expect(client.state).not.toBe('connected');
    service.resume();
    await service.advance(60_000);
    expect(client.state).toBe('connected');
  });

  it('refuses as many requests as it is told', async () => {
    const { client, data } = await listen('task');
    service.refuse('broadcast', { code: 'FORBIDDEN', message: 'Not today' });
    await expect(client.broadcast('task', 1)).rejects.toMatchObject({ code: 'FORBIDDEN', message: /Not today/ });
    await client.broadcast('task', 2);
    service.refuse('broadcast', { code: 'RATE_LIMIT_EXCEEDED', retryAfter: 5_000, times: 2 });
    const sent = client.broadcast('task', 3);
    await service.settled();
    expect(data()).toEqual([2]);
    await service.advance(60_000);
    await sent;
    expect(data()).toEqual([2, 3]);
    expect(() => service.refuse('broadcast', { code: 'NO_SUCH' })).toThrow(TypeError);
  });

  it('refuses a part of what came together, and a message in pieces', async () => {
    const { client, data } = await listen('task');
    service.pause();
    const sent = Promise.allSettled([0, 1, 2, 3].map((each) => client.broadcast('task', each)));
    await service.settled();
    service.refuse('broadcast', { code: 'FORBIDDEN', times: 2 });
    service.resume();
    expect((await sent).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
    service.refuse('broadcast', { code: 'FORBIDDEN' });
    await expect(client.broadcast('task', 'x'.repeat(100_000))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await client.broadcast('task', 'x'.repeat(100_000));
    await service.settled();
    expect(data()).toEqual([2, 3, 'x'.repeat(100_000)]);
  });

  it('loses an answer; what is sent again is appended once', async () => {
    const { client, data } = await listen('task');
    service.loseAnswer('broadcast');
    const sent = client.broadcast('task', 1);
    await service.advance(30_000);
    await sent;
    expect([data(), service.events.length]).toEqual([[1], 1]);
  });

  it('declares a gap where events were forgotten, or their history was lost', async () => {
    const { data, gaps } = await listen('task');
    await service.publish('task', 1);
    service.drop();
    await service.publish('task', 2);
    await service.publish('task', 3);
    service.forget('task', 2);
    await service.advance(30_000);
    expect(data()).toEqual([1, 3]);
    expect(gaps).toMatchObject([{ channel: 'task', from: 2, to: 2 }]);
    service.loseHistory('task');
    service.drop();
    await service.advance(30_000);
    expect(gaps.at(-1)).toMatchObject({ channel: 'task', reason: 'epoch-lost' });
  });

  it('keeps events for as long as it is told, by its own time', async () => {
    await service.close();
    service = createTestService({ retention: DAY, begin: 1e12 });
    expect(service.now).toBe(1e12);
    await service.publish('task', 1);
    await service.advance(2 * DAY);
    expect(service.now).toBe(1e12 + 2 * DAY);
    const client = service.connect({ user: 'alice' });
    const heard: unknown[] = [];
    client.subscribe('task', (event) => heard.push(event.data), { replay: {} });
    await service.publish('task', 2);
    expect(heard).toEqual([2]);
  });

  it('gives an error of the service for what it refuses to publish', async () => {
    await expect(service.publish('a::b', 1)).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
    await expect(service.publish('$service:users', 1)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('leads a client of the application here by its options, or by the global class of sockets', async () => {
    const one = connect({ user: 'alice', ...service.options });
    await one.connected();
    vi.stubGlobal('WebSocket', service.webSocket);
    const other = connect({ url: 'ws://localhost:3001', user: 'bob' });
    vi.unstubAllGlobals();
    await other.connected();
    expect(service.connections.map(({ user }) => user)).toEqual(['alice', 'bob']);
    await one.close();
    await other.close();
  });

  it('goes on while a test has put other timers in the place of the global ones', async () => {
    vi.useFakeTimers();
    try {
      const { data } = await listen('task');
      await service.publish('task', 1);
      service.drop();
      await service.publish('task', 2);
      await service.advance(30_000);
      expect(data()).toEqual([1, 2]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends clients and connections when it is closed', async () => {
    const { client } = await listen('task');
    await service.close();
    expect([client.state, service.connections]).toEqual(['closed', []]);
  });
});

describe('where tokens are asked for', () => {
  const setUp = () =>
    createTestService({
      begin: 1e12,
      identify: (token) =>
        token.startsWith('alice')
          ? { user: 'alice', subscribe: ['task:*'], publish: ['task:mine'], expires: 1e12 + Number(token.slice(5)) }
          : undefined,
    });

  it('grants what the token does, and refuses the rest', async () => {
    const service = setUp();
    const client = service.connect({ token: () => `alice${DAY}` });
    await client.subscribe('task:*', () => undefined).ready;
    await expect(client.subscribe('note', () => undefined).ready).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(client.broadcast('task:yours', 1)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await client.broadcast('task:mine', 1);
    await service.close();
  });

  it('lets nobody in without one that is believed', async () => {
    const service = setUp();
    for (const options of [{ user: 'alice' }, { token: () => 'mallory' }]) {
      const client = service.connect(options);
      await service.settled();
      expect(client.state).toBe('waiting');
    }
    await service.close();
  });

  it('ends a session in its time, which the client renews before', async () => {
    const service = setUp();
    let asked = 0;
    const client = service.connect({
      token: () => {
        asked++;
        return `alice${600_000 * asked}`;
      },
    });
    await client.connected();
    await service.advance(900_000);
    expect([client.state, asked > 1]).toEqual(['connected', true]);
    await service.close();
  });

  it('revokes sessions', async () => {
    const service = setUp();
    const client = service.connect({ token: () => `alice${DAY}` });
    await client.connected();
    const told: (string | undefined)[] = [];
    client.on('error', (error) => told.push('code' in error ? error.code : undefined));
    await service.revoke('alice');
    expect(told).toContain('SESSION_REVOKED');
    expect(service.connections).toEqual([]);
    await service.close();
  });
});
