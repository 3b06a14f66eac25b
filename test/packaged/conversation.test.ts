import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { examine } from '../../cli/doctor/doctor.ts';
import { Line } from '../../cli/doctor/line.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import type { EventSourceMapping } from '../../localstack/plugins/event-source/mapping.ts';
import { SERVERS } from '../../localstack/servers/kinds.ts';
import { type OwnRabbitMq, startRabbitMq } from '../../localstack/servers/rabbitmq.ts';
import { StrictGateway } from '../../localstack/strict/gateway.ts';
import { portOf, TcpProxy } from '../faults/tcp-proxy.ts';
import { programFor } from '../programs.ts';
import { StageApi } from './api.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { customResourceEvent, scheduledEvent } from './events.ts';
import { ADMIN_KEY, mappingOf, PackagedStage } from './stage.ts';
import { Surroundings } from './surroundings.ts';

/** What Amazon MQ gives a broker of RabbitMQ 4.2 where no configuration says otherwise. */
const AMAZON_MQ = 524_288;
/** The path of the stage. */
const PATH = '/behind';
const topology = topologyOf({ shards: 4 });

const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-conversation-'));
const environments = new Map<string, Promise<ExecutionEnvironment>>();
/** What stands between a function and its servers, and counts the connections. */
const proxies = new Map<string, readonly [redis: TcpProxy, rabbitmq: TcpProxy]>();
let broker: OwnRabbitMq;
let surroundings: Surroundings;
let stage: PackagedStage;
let api: StageApi;
let gateway: StrictGateway;
let mappings: readonly EventSourceMapping[] = [];

/** Starts the broker, again with what it holds and at its address. */
const startBroker = async (maxMessageSize: number, preferredPort = 0): Promise<OwnRabbitMq> => {
  const server = SERVERS.rabbitmq;
  const program = await programFor([server.program], server, server.directories);
  const started = await startRabbitMq({ program, directory, preferredPort, report: () => {}, maxMessageSize });
  await started.ready();
  return started;
};

const through = async (url: string): Promise<readonly [TcpProxy, string]> => {
  const proxy = await TcpProxy.start(portOf(url));
  const behind = new URL(url);
  behind.port = String(proxy.port);
  return [proxy, behind.href];
};

const begin = async (key: string): Promise<ExecutionEnvironment> => {
  const [redis, REDIS_URL] = await through(inject('redisUrl'));
  const [rabbitmq, RABBITMQ_URL] = await through(broker.url);
  proxies.set(key, [redis, rabbitmq]);
  return stage.start(key, { REDIS_URL, RABBITMQ_URL, WS_ENDPOINT: `http://127.0.0.1:${gateway.port}${PATH}` });
};

/** The one environment of a function. */
const environmentOf = (key: string): Promise<ExecutionEnvironment> => {
  const environment = environments.get(key) ?? begin(key);
  environments.set(key, environment);
  return environment;
};

const call = async (key: string, event: unknown): Promise<unknown> => (await environmentOf(key)).invoke(event);

const visitor = async () => ({
  url: `ws://127.0.0.1:${gateway.port}`,
  http: `http://${api.host}`,
  token: await surroundings.sign('doctor'),
  key: ADMIN_KEY,
  user: 'doctor',
  channel: 'doctor',
  parameters: {},
  patience: 60_000,
  now: Date.now,
});

beforeAll(async () => {
  broker = await startBroker(AMAZON_MQ);
  surroundings = await Surroundings.start();
  stage = await PackagedStage.make({
    surroundings,
    rabbitmqUrl: broker.url,
    generation: 1,
    prefix: `conversation-${process.pid}:`,
  });
  api = await StageApi.start(call);
  gateway = await StrictGateway.start({ port: 0, upstream: `ws://${api.host}`, path: PATH });
  // A first deployment does not go on with such a broker; one that stood before is served.
  await call('topology', customResourceEvent('Create', surroundings.cloudFormation));
  await call('topology', customResourceEvent('Update', surroundings.cloudFormation));
  mappings = [...topology.shards, topology.connections].map((queue) =>
    mappingOf(broker.url, queue, (event) => call(queue === topology.connections ? 'welcome' : 'fanout', event)),
  );
  for (const mapping of mappings) mapping.start();
});

afterAll(async () => {
  await Promise.all(mappings.map((mapping) => mapping.stop()));
  await gateway?.stop();
  await api?.stop();
  for (const environment of environments.values()) await (await environment).stop();
  await Promise.all([...proxies.values()].flat().map((proxy) => proxy.stop()));
  await stage?.stop();
  surroundings?.stop();
  await broker?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('the packaged functions, behind the strict gateway', () => {
  it('[B-5] refuse for good what is too large for a broker that has no configuration, and go on', async () => {
    expect(surroundings.answers).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringContaining(`messages of ${AMAZON_MQ} bytes`) },
      { Status: 'SUCCESS' },
    ]);
    expect((await environmentOf('topology')).output).toContain(`messages of ${AMAZON_MQ} bytes`);

    const line = await Line.open({ ...(await visitor()), capabilities: 'chunk' });
    await line.request({ type: 'subscribe', channels: ['large'] });
    const broadcast = (id: string, bytes: number) =>
      line.send({ type: 'broadcast', channel: 'large', id, data: randomBytes((bytes * 3) / 4).toString('base64') });
    const answerTo = async (requestId: string) => {
      const answer = await line.find((each) => each['requestId'] === requestId, 'no answer came');
      const { code, retryAfter } = (answer['error'] ?? {}) as { readonly code?: string; readonly retryAfter?: number };
      return code === undefined ? answer.type : [code, retryAfter];
    };
    const requests = [
      broadcast('below', 500_000),
      broadcast('beyond', 600_000),
      broadcast('small', 100),
      broadcast('again', 600_000),
    ];
    const refused = ['MESSAGE_TOO_LARGE', undefined];
    expect(await Promise.all(requests.map(answerTo))).toEqual(['ack', refused, 'ack', refused]);
    await line.event('below');
    await line.event('small');
    await line.close();

    const findings = await examine({ ...(await visitor()), only: ['600 KB'] });
    expect(findings.filter(({ outcome }) => outcome === 'failed')).toEqual([
      expect.objectContaining({ check: '600 KB', advice: expect.stringContaining('max_message_size') }),
    ]);
  });

  it('hold a whole conversation once the broker has its configuration, over few connections', async () => {
    const data = stage.template.Resources['BrokerConfiguration']?.Properties?.['Data'];
    const [, size] = /max_message_size = (\d+)/.exec(JSON.stringify(data)) ?? [];
    // As Amazon MQ takes a configuration: when the broker is restarted.
    const port = portOf(broker.url);
    await broker.stop();
    broker = await startBroker(Number(size), port);
    expect(portOf(broker.url)).toBe(port);
    await call('topology', customResourceEvent('Update', surroundings.cloudFormation));

    // The mappings are back by then.
    await expect.poll(async () => (await fetch(`http://${api.host}/health`)).status, { timeout: 60_000 }).toBe(200);

    const findings = await examine(await visitor());
    expect(findings.filter(({ outcome }) => outcome === 'failed' || outcome === 'skipped')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['hear', 'replay', '600 KB', '1 MB']));
    const page = await (await fetch(`http://${api.host}/`)).text();
    const [script = ''] = /\/console\/assets\/[\w-]+\.js/.exec(page) ?? [];
    expect((await fetch(`http://${api.host}${script}`)).status).toBe(200);

    await call('sweep', scheduledEvent());
    await call('observe', scheduledEvent());
    const open = Object.fromEntries([...proxies].map(([key, pair]) => [key, pair.map(({ size }) => size)]));
    // Of one environment each, to a Redis of one node and to RabbitMQ.
    expect(open).toEqual({
      authorizer: [1, 0],
      connect: [1, 1],
      message: [1, 1],
      replay: [1, 0],
      fanout: [1, 0],
      welcome: [0, 0],
      monitor: [1, 2],
      // The second is of whoever probes for all.
      observe: [1, expect.toBeOneOf([1, 2])],
      api: [1, 1],
      console: [0, 0],
      sweep: [1, 0],
      topology: [0, 0],
      disconnect: [1, 0],
    });
  });
});
