import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer as createSocketServer } from 'node:net';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { openapiDocument } from '../../docs/http/openapi.ts';
import { virtualHostOf } from '../../lib/rabbitmq/management.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { ownBroker } from '../own-broker.ts';
import { arnOf } from '../secrets-manager.ts';
import type { ExecutionEnvironment } from './environment.ts';
import {
  authorizerEvent,
  connectEvent,
  customResourceEvent,
  disconnectEvent,
  httpEvent,
  messageEvent,
  rabbitMqDelivery,
  scheduledEvent,
} from './events.ts';
import { removeQueues } from './remove-queues.ts';
import { BACK_END_PASSWORD, mappingOf, NEWER, OLDER, PackagedStage } from './stage.ts';
import { Surroundings } from './surroundings.ts';

/** Queues of this test alone: other tests may have a whole service on the same broker. */
const GENERATION = 900;

let surroundings: Surroundings;
let stage: PackagedStage;

const start: PackagedStage['start'] = (...args) => stage.start(...args);
const invoke: PackagedStage['invoke'] = (...args) => stage.invoke(...args);

/** The function `message` with a proxy before each of its servers, and what it sends them. */
const startBehindProxies = async (query = '') => {
  const sent = { redis: [] as Buffer[], rabbitmq: [] as Buffer[] };
  const proxyOf = async (name: 'redis' | 'rabbitmq', url: string) => {
    const proxy = await TcpProxy.start(portOf(url), (bytes) => void sent[name].push(bytes));
    onTestFinished(() => proxy.stop());
    const behind = new URL(url);
    behind.port = String(proxy.port);
    return { proxy, url: behind.href };
  };
  const redis = await proxyOf('redis', inject('redisUrl'));
  const rabbitmq = await proxyOf('rabbitmq', ownBroker());
  const message = await start('message', { REDIS_URL: redis.url, RABBITMQ_URL: `${rabbitmq.url}${query}` });
  onTestFinished(() => message.stop());
  return { message, redisProxy: redis.proxy, rabbitmqProxy: rabbitmq.proxy, sent };
};

/** What the gateway repeats of a user with every event of a connection, once the packaged authorizer let them in. */
const admitted = async (user: string, connection = 'c-any='): Promise<Readonly<Record<string, unknown>>> => {
  const event = authorizerEvent({}, { Authorization: `Bearer ${await surroundings.sign(user)}` }, connection);
  const { principalId, context } = (await invoke('authorizer', event)) as { principalId: string; context: object };
  return { principalId, ...context };
};

beforeAll(async () => {
  surroundings = await Surroundings.start();
  stage = await PackagedStage.make({
    surroundings,
    rabbitmqUrl: ownBroker(),
    generation: GENERATION,
    prefix: `packaged-${process.pid}:`,
  });
});

afterAll(async () => {
  await stage.stop();
  surroundings.stop();
  await removeQueues(GENERATION);
});

describe('the packaged functions, run from their zips', () => {
  it('declare the topology, and again, and tell CloudFormation', async () => {
    await invoke('topology', customResourceEvent('Create', surroundings.cloudFormation));
    await invoke('topology', customResourceEvent('Update', surroundings.cloudFormation));
    await invoke('topology', customResourceEvent('Delete', surroundings.cloudFormation));
    expect(surroundings.answers.map(({ Status, PhysicalResourceId }) => `${Status} ${PhysicalResourceId}`)).toEqual(
      Array.from({ length: 3 }, () => `SUCCESS events-${GENERATION}`),
    );
  });

  it('[A-4] make the user for back-ends, and again where the management interface fails at first', async () => {
    surroundings.managed.splice(0);
    surroundings.failing = 1;
    await invoke('topology', customResourceEvent('Create', surroundings.cloudFormation));
    expect(surroundings.answers.at(-1)).toMatchObject({ Status: 'SUCCESS' });
    const user = { path: '/api/users/back-end', body: { password: BACK_END_PASSWORD, tags: '' } };
    const permissions = {
      path: `/api/permissions/${virtualHostOf(ownBroker())}/back-end`,
      body: { configure: '^back-end', write: '^(events(-[0-9]+)?$|back-end)', read: '^(appended$|back-end)' },
    };
    const { username, password } = new URL(ownBroker());
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    expect(surroundings.managed).toEqual([user, user, permissions].map((request) => ({ ...request, authorization })));
  });

  it('declare the topology where the broker takes no connection at first', async () => {
    let refused = 0;
    // A listener in front of the broker that is not ready: it ends the first connection.
    const front = createSocketServer((socket) => {
      if (refused === 0) {
        refused += 1;
        socket.resetAndDestroy();
        return;
      }
      const behind = connectSocket(portOf(ownBroker()), '127.0.0.1');
      socket.on('error', () => behind.destroy());
      behind.on('error', () => socket.destroy());
      socket.pipe(behind).pipe(socket);
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    onTestFinished(() => void front.close());
    const url = new URL(ownBroker());
    url.port = String((front.address() as AddressInfo).port);
    const early = await start('topology', { RABBITMQ_URL: url.href });
    onTestFinished(() => early.stop());
    await early.invoke(customResourceEvent('Create', surroundings.cloudFormation));
    expect([refused, surroundings.answers.at(-1)]).toEqual([1, expect.objectContaining({ Status: 'SUCCESS' })]);
  });

  it('tell CloudFormation when there is no broker', async () => {
    // Seconds: what is kept back for the answer, one attempt, and two more for others.
    const lost = await start('topology', { RABBITMQ_URL: 'amqp://127.0.0.1:1' }, 32);
    onTestFinished(() => lost.stop());
    await lost.invoke(customResourceEvent('Create', surroundings.cloudFormation));
    expect(surroundings.answers.at(-1)).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('let a user in by a token, and nobody without', async () => {
    expect(await admitted('alice')).toMatchObject({ principalId: 'alice', session: expect.any(String) });
    const deny = { policyDocument: { Statement: [{ Effect: 'Deny' }] } };
    expect(await invoke('authorizer', authorizerEvent({ user: 'alice' }, {}))).toMatchObject(deny);
    const forged = authorizerEvent(
      {},
      { Authorization: `Bearer ${(await surroundings.sign('alice')).slice(0, -6)}AAAAAA` },
    );
    expect(await invoke('authorizer', forged)).toMatchObject(deny);
  });

  it('connect, subscribe, broadcast, fan out, replay, disconnect', async () => {
    const mappings = topologyOf({ shards: 4, generation: GENERATION }).shards.map((queue) =>
      mappingOf(ownBroker(), queue, (event) => invoke('fanout', event)),
    );
    for (const mapping of mappings) mapping.start();
    onTestFinished(async () => void (await Promise.all(mappings.map((mapping) => mapping.stop()))));

    const alice = await admitted('alice', 'c-alice=');
    expect(await invoke('connect', connectEvent('c-alice=', alice))).toEqual({ statusCode: 200 });
    const subscribe = { type: 'subscribe', channels: ['task:opened'], patterns: ['user:*'] };
    const subscribed = (await invoke('message', messageEvent('c-alice=', alice, subscribe))) as { body: string };
    expect(JSON.parse(subscribed.body)).toMatchObject({ type: 'subscribed', channels: ['task:opened'] });

    const broadcast = { type: 'broadcast', channel: 'user:alice', data: { hello: 'alice' }, id: 'first' };
    const acked = (await invoke('message', messageEvent('c-alice=', alice, broadcast))) as { body: string };
    expect(JSON.parse(acked.body)).toMatchObject({ type: 'ack', id: 'first' });
    await vi.waitFor(() => expect(surroundings.frameFor('c-alice=', 'event')).toBeDefined(), { timeout: 60_000 });
    expect(surroundings.frameFor('c-alice=', 'event')).toMatchObject({
      channel: 'user:alice',
      data: { hello: 'alice' },
      offset: 1,
    });

    const replay = { type: 'replay', since: Date.now() - 60_000, requestId: 'r' };
    const replayed = (await invoke('replay', messageEvent('c-alice=', alice, replay))) as { body?: string };
    const page = replayed.body === undefined ? surroundings.frameFor('c-alice=', 'replay') : JSON.parse(replayed.body);
    expect(page).toMatchObject({ type: 'replay', requestId: 'r', events: [{ id: 'first' }] });

    expect(await invoke('disconnect', disconnectEvent('c-alice=', alice))).toMatchObject({ statusCode: 200 });
  });

  it.each([
    ['cut', (proxy: TcpProxy) => proxy.cut()],
    ['half-open', (proxy: TcpProxy) => proxy.forget()],
  ])('[B-7] replace connections that are %s when they thaw, within the invocation', async (_, spoil) => {
    const { message, redisProxy, rabbitmqProxy } = await startBehindProxies();
    const alice = await admitted('alice', 'c-frozen=');
    await invoke('connect', connectEvent('c-frozen=', alice));
    const broadcast = async (id: string): Promise<unknown> => {
      const request = { type: 'broadcast', channel: 'user:alice', data: null, id };
      const { body } = (await message.invoke(messageEvent('c-frozen=', alice, request))) as { body: string };
      await message.frozen();
      return JSON.parse(body);
    };
    expect(await broadcast('before')).toMatchObject({ type: 'ack' });
    for (const proxy of [redisProxy, rabbitmqProxy]) {
      spoil(proxy);
      const id = randomUUID();
      expect(await broadcast(id)).toMatchObject({ type: 'ack', id });
    }
    await invoke('disconnect', disconnectEvent('c-frozen=', alice));
  });

  it('lose the connection to RabbitMQ while they are frozen, since they answer no heartbeats', async () => {
    const { message, rabbitmqProxy } = await startBehindProxies('?heartbeat=1');
    const alice = await admitted('alice', 'c-idle=');
    await invoke('connect', connectEvent('c-idle=', alice));
    const broadcast = { type: 'broadcast', channel: 'user:alice', data: null };
    for (let times = 0; times < 2; times++) {
      const acked = (await message.invoke(messageEvent('c-idle=', alice, broadcast))) as { body: string };
      expect(JSON.parse(acked.body)).toMatchObject({ type: 'ack' });
      await message.frozen();
      await vi.waitFor(() => expect(rabbitmqProxy.size).toBe(0), { timeout: 60_000 });
    }
    await invoke('disconnect', disconnectEvent('c-idle=', alice));
  });

  it('close their connections in order when they are told to end', async () => {
    const { message, redisProxy, rabbitmqProxy, sent } = await startBehindProxies();
    const alice = await admitted('alice', 'c-ended=');
    await invoke('connect', connectEvent('c-ended=', alice));
    const broadcast = { type: 'broadcast', channel: 'user:alice', data: null };
    const acked = (await message.invoke(messageEvent('c-ended=', alice, broadcast))) as { body: string };
    expect(JSON.parse(acked.body)).toMatchObject({ type: 'ack' });
    await message.frozen();
    expect([redisProxy.size, rabbitmqProxy.size]).toEqual([1, 1]);

    expect(await message.end()).toEqual({ code: 0, signal: null });
    await vi.waitFor(() => expect([redisProxy.size, rabbitmqProxy.size]).toEqual([0, 0]), { timeout: 60_000 });
    expect(Buffer.concat(sent.redis).toString()).toMatch(/quit\r\n$/i);
    // Method 10.50 on channel 0, connection.close, comes last in AMQP; what was confirmed before is safe.
    expect(Buffer.concat(sent.rabbitmq).includes(Buffer.from([0, 10, 0, 50]))).toBe(true);
    await invoke('disconnect', disconnectEvent('c-ended=', alice));
  });

  it('[C-9] serve a connection only as the authorizer decided, and an older one where that is allowed', async () => {
    const alice = await admitted('alice', 'c-signed=');
    const invocations = async (connection: string, said: Readonly<Record<string, unknown>>) => {
      const ping = messageEvent(connection, said, { type: 'ping' });
      const events = { connect: connectEvent(connection, said), disconnect: disconnectEvent(connection, said) };
      const outcomes = Object.entries({ ...events, message: ping, replay: ping }).map(([key, event]) =>
        invoke(key, event).then(
          () => 'served',
          (error: Error) => (/not signed/.test(error.message) ? 'refused' : error.message),
        ),
      );
      return new Set(await Promise.all(outcomes));
    };
    expect(await invocations('c-signed=', alice)).toEqual(new Set(['served']));
    const { signature, ...unsigned } = alice;
    const forged = [{ ...alice, principalId: 'bob' }, unsigned, { ...alice, signature: '' }];
    for (const said of forged) expect(await invocations('c-signed=', said)).toEqual(new Set(['refused']));
    expect(await invocations('c-another=', alice)).toEqual(new Set(['refused']));

    const patient = await start('message', { ADMISSION_UNSIGNED: 'true' });
    onTestFinished(() => patient.stop());
    await patient.invoke(messageEvent('c-signed=', unsigned, { type: 'ping' }));
    await expect(patient.invoke(messageEvent('c-another=', alice, { type: 'ping' }))).rejects.toThrow(/not signed/);
    // Functions change one by one: some know the newer secret already, and some the older one alone.
    for (const [name, secret] of Object.entries({ newer: NEWER, older: OLDER })) {
      stage.secretsManager.secrets.put(arnOf(name), secret);
      const other = await start('message', { ADMISSION_SECRET_ARN: arnOf(name) });
      onTestFinished(() => other.stop());
      await other.invoke(messageEvent('c-signed=', { ...unsigned, signature }, { type: 'ping' }));
    }
  });

  // What Lambda says of a batch that it hands out again is in no document; so nothing hangs on it.
  it.each([false, true])(
    '[A-3] fan out a batch that comes again, `redelivered` being %s, once',
    async (redelivered) => {
      const connection = `c-again-${redelivered}=`;
      const alice = await admitted('alice', connection);
      await invoke('connect', connectEvent(connection, alice));
      const channel = `again:${redelivered}`;
      await invoke('message', messageEvent(connection, alice, { type: 'subscribe', channels: [channel] }));
      const [queue = ''] = topologyOf({ shards: 4, generation: GENERATION }).shards;
      const text = (value: string) => ({ bytes: [...Buffer.from(value)] });
      const delivery = (id: string, again: boolean) =>
        rabbitMqDelivery(
          queue,
          id,
          { headers: { channel: text(channel) }, messageId: id, timestamp: String(Math.floor(Date.now() / 1_000)) },
          again,
        );
      const first = delivery(`first-${redelivered}`, false);
      await invoke('fanout', first);
      await invoke('fanout', redelivered ? delivery(`first-${redelivered}`, true) : first);
      await invoke('fanout', delivery(`second-${redelivered}`, false));
      const heard = () => surroundings.framesFor(connection).filter(({ type }) => type === 'event');
      expect(heard().map(({ id, offset }) => [id, offset])).toEqual([
        [`first-${redelivered}`, 1],
        [`second-${redelivered}`, 2],
      ]);
      await invoke('disconnect', disconnectEvent(connection, alice));
    },
  );

  it('welcome a connection', async () => {
    const request = {
      id: 'c-bob=',
      user: 'bob',
      endpoint: surroundings.url,
      capabilities: '',
      expires: Date.now() + 60_000,
    };
    await invoke('welcome', rabbitMqDelivery('connections', request));
    expect(surroundings.frameFor('c-bob=', 'connection')).toMatchObject({
      connectionId: 'c-bob=',
      userId: 'bob',
      protocol: 1,
    });
  });

  it('sweep', async () => {
    await expect(invoke('sweep', scheduledEvent())).resolves.toBeNull();
  });

  it('say how they are', async () => {
    const health = (await invoke('monitor', httpEvent('GET', '/health'))) as { statusCode: number; body: string };
    expect([200, 503]).toContain(health.statusCode);
    expect(JSON.parse(health.body)).toMatchObject({ checks: { websocket: true, redis: true, bindings: true } });
  });

  it('[O-11] serve the console, whose files never change under their names', async () => {
    type Answer = { statusCode: number; headers: Record<string, string>; body: string };
    const page = (await invoke('console', httpEvent('GET', '/'))) as Answer;
    expect(page).toMatchObject({ statusCode: 200, headers: { 'cache-control': 'no-cache' } });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    const scripts = page.body.match(/\/console\/assets\/[\w-]+\.js/g) ?? [];
    expect(scripts).not.toEqual([]);
    for (const script of scripts) {
      expect(await invoke('console', httpEvent('GET', script))).toMatchObject({
        statusCode: 200,
        headers: {
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': expect.stringContaining('immutable'),
        },
      });
    }
    expect(await invoke('console', httpEvent('GET', '/console/../package.json'))).toMatchObject({ statusCode: 404 });
  });

  it('[H-6] serve the description of what they are asked over HTTP', async () => {
    const answer = (await invoke('api', httpEvent('GET', '/openapi.json'))) as { body: string };
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual(JSON.parse(JSON.stringify(openapiDocument())));
  });

  it('hand X-Ray a trace of each invocation where that is switched on', async () => {
    const daemon = createSocket('udp4');
    onTestFinished(() => void daemon.close());
    daemon.bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    const traced = await start('sweep', {
      TRACING_ENABLED: 'true',
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    });
    const trace = 'Root=1-57ff426a-80c11c39b0c928905eb0828d;Parent=1234abcd1234abcd;Sampled=1';
    onTestFinished(() => traced.stop());
    const segments: unknown[] = [];
    daemon.on('message', (message) => segments.push(JSON.parse(String(message).split('\n')[1] ?? '')));
    await traced.invoke(scheduledEvent(), trace);
    // Frozen as soon as it has answered, it may send the first when it is woken for the second.
    await traced.invoke(scheduledEvent(), trace);
    await vi.waitFor(
      () =>
        expect(segments).toContainEqual(
          expect.objectContaining({
            trace_id: '1-57ff426a-80c11c39b0c928905eb0828d',
            parent_id: '1234abcd1234abcd',
            name: expect.stringMatching(/^## .*sweep\.handler$/),
          }),
        ),
      { timeout: 60_000 },
    );
  });

  it('say what is wrong with their settings, in their log, and do not start', async () => {
    const misled = await start('message', { REDIS_URL: 'http://example' });
    onTestFinished(() => misled.stop());
    await expect(misled.invoke({})).rejects.toThrow(/REDIS_URL is not usable/);
  });

  it('read the secrets that they are told of as they start, each once, and those who are told of none read none', async () => {
    const readBy = async (key: string, event: unknown): Promise<readonly string[]> => {
      const before = stage.secretsManager.asked.length;
      const environment = await start(key);
      onTestFinished(() => environment.stop());
      await environment.invoke(event).catch(() => undefined);
      return stage.secretsManager.asked.slice(before).map(({ name, stage }) => `${name} ${stage}`);
    };
    const names = (...variables: string[]) => variables.map((variable) => `${arnOf(variable)} AWSCURRENT`);
    expect((await readBy('monitor', httpEvent('GET', '/live'))).toSorted()).toEqual(
      names('ADMIN_KEY_SECRET_ARN', 'RABBITMQ_SECRET_ARN', 'REDIS_SECRET_ARN'),
    );
    expect(await readBy('sweep', scheduledEvent())).toEqual(names('REDIS_SECRET_ARN'));
    expect(await readBy('console', httpEvent('GET', '/'))).toEqual([]);
    const files = (key: string) => Object.keys(unzipSync(readFileSync(stage.zipOf(key))));
    for (const key of ['console', 'welcome']) expect(files(key).filter((name) => name.includes('secrets'))).toEqual([]);
    expect(files('sweep')).toContain('.build/functions/secrets/secrets-manager.mjs');
  });

  it('[C-9] serve who was admitted while the secret is exchanged, by functions that know the one and the other', async () => {
    const name = arnOf('exchanged');
    const said = { ADMISSION_SECRET_ARN: name };
    stage.secretsManager.secrets.put(name, OLDER);
    const [authorizer, message] = [await start('authorizer', said), await start('message', said)];
    onTestFinished(async () => void (await Promise.all([authorizer.stop(), message.stop()])));
    const event = async (user: string) =>
      authorizerEvent({}, { Authorization: `Bearer ${await surroundings.sign(user)}` }, `c-${user}=`);
    const admit = async (by: ExecutionEnvironment, user: string) => {
      const { principalId, context } = (await by.invoke(await event(user))) as { principalId: string; context: object };
      return { principalId, ...context };
    };
    const early = await admit(authorizer, 'early');
    const ping = (user: string, context: object) => messageEvent(`c-${user}=`, { ...context }, { type: 'ping' });
    await message.invoke(ping('early', early));
    stage.secretsManager.secrets.put(name, NEWER);
    const [newAuthorizer, newMessage] = [await start('authorizer', said), await start('message', said)];
    onTestFinished(async () => void (await Promise.all([newAuthorizer.stop(), newMessage.stop()])));
    for (const by of [authorizer, newAuthorizer]) {
      const admitted = await admit(by, 'late');
      for (const serving of [message, newMessage]) {
        await serving.invoke(ping('late', admitted));
        await serving.invoke(ping('early', early));
      }
    }
    await expect(newMessage.invoke(ping('other', early))).rejects.toThrow(/not signed/);
  });

  it('[H-1] take another administrator’s key without a deployment, and the one before it no more', async () => {
    const name = arnOf('key');
    stage.secretsManager.secrets.put(name, 'the first key of the test');
    const monitor = await start('monitor', { ADMIN_KEY_SECRET_ARN: name });
    onTestFinished(() => monitor.stop());
    const asked = async (key: string) => {
      const event = httpEvent('GET', '/status', { headers: { 'x-api-key': key } });
      return ((await monitor.invoke(event)) as { statusCode: number }).statusCode;
    };
    expect(await asked('the first key of the test')).not.toBe(401);
    stage.secretsManager.secrets.put(name, 'the second key of the test');
    await vi.waitFor(async () => expect(await asked('the second key of the test')).not.toBe(401), {
      timeout: 60_000,
      interval: 1_000,
    });
    expect(await asked('the first key of the test')).toBe(401);
  });

  it('name the secret that they cannot read, and what to do, and do not start', async () => {
    const lost = await start('sweep', { REDIS_SECRET_ARN: arnOf('lost') });
    onTestFinished(() => lost.stop());
    await expect(lost.invoke(scheduledEvent())).rejects.toThrow(
      /REDIS_SECRET_ARN: the secret arn:aws:secretsmanager:\S+:lost-AbCdEf could not be read \(ResourceNotFoundException: .*role may secretsmanager:GetSecretValue it/,
    );
  });

  it('refuse a secret that is said twice, or is none, by name', async () => {
    const twice = await start('monitor', { ADMIN_KEY: 'an administrator’s key' });
    onTestFinished(() => twice.stop());
    await expect(twice.invoke(scheduledEvent())).rejects.toThrow(
      /ADMIN_KEY and ADMIN_KEY_SECRET_ARN both say the secret; one of them can be set/,
    );
    stage.secretsManager.secrets.put(arnOf('short'), 'short');
    const short = await start('monitor', { ADMIN_KEY_SECRET_ARN: arnOf('short') });
    onTestFinished(() => short.stop());
    await expect(short.invoke(scheduledEvent())).rejects.toThrow(
      /ADMIN_KEY_SECRET_ARN names a secret that is not usable; expected 16 to 8192 bytes/,
    );
  });

  it('refuse a mode of sign-in that is for laptops', async () => {
    const strong = { NODE_ENV: 'production', REDIS_URL: 'rediss://:secret@redis.example' };
    const open = await start('connect', { ...strong, AUTH_MODE: 'dev' });
    onTestFinished(() => open.stop());
    await expect(open.invoke(connectEvent('c-open=', {}))).rejects.toThrow(/AUTH_MODE=dev/);
    const weak = await start('authorizer', strong);
    onTestFinished(() => weak.stop());
    await expect(weak.invoke(authorizerEvent({}, {}))).rejects.toThrow(
      /AUTH_JWKS_URL is not https.*AUTH_JWT_AUDIENCE/s,
    );
  });
});
