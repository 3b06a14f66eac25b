import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { ownBroker } from '../own-broker.ts';
import { resourcesOf } from '../template/template.ts';
import { ExecutionEnvironment } from './environment.ts';
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
import { type Source, sourcesOf } from './sources.ts';
import { ADMIN_KEY, PackagedStage } from './stage.ts';
import { Surroundings } from './surroundings.ts';

/** Queues of this test alone. */
const GENERATION = 901;
const topology = topologyOf({ shards: 4, generation: GENERATION });

let surroundings: Surroundings;
let stage: PackagedStage;

beforeAll(async () => {
  surroundings = await Surroundings.start();
  stage = await PackagedStage.make({
    surroundings,
    rabbitmqUrl: ownBroker(),
    generation: GENERATION,
    prefix: `loading-${process.pid}:`,
  });
  await stage.invoke('topology', customResourceEvent('Create', surroundings.cloudFormation));
});

afterAll(async () => {
  await stage?.stop();
  surroundings?.stop();
  await removeQueues(GENERATION);
});

const bearer = async (user: string, claims: Readonly<Record<string, unknown>> = {}) => ({
  authorization: `Bearer ${await surroundings.sign(user, claims)}`,
});

/** What the gateway repeats of a user with every event of a connection. */
const admitted = async (connection: string): Promise<Readonly<Record<string, unknown>>> => {
  const event = authorizerEvent({}, { Authorization: (await bearer('loader')).authorization }, connection);
  const { principalId, context } = (await stage.invoke('authorizer', event)) as {
    principalId: string;
    context: object;
  };
  return { principalId, ...context };
};

const text = (value: string) => ({ bytes: [...Buffer.from(value)] });

/** As the documents have it, Java’s form of a date among the rest. */
const mqDelivery = (queue: string, id: string, body: unknown, headers: Readonly<Record<string, unknown>>) =>
  rabbitMqDelivery(queue, body, { headers, messageId: id, timestamp: 'Nov 24, 2026, 9:28:29 AM' });

const connection = 'c-loading=';
const channel = 'loading:one';
const key = { 'x-api-key': ADMIN_KEY };
const frame = { type: 'broadcast', channel, data: 1, id: 'from-a-frame' };

/** An event of each source, and what is answered to it. */
const EVENTS: Readonly<Record<string, readonly [event: () => unknown, answer: unknown]>> = {
  'authorizer authorizer': [
    async () => authorizerEvent({}, await bearer('loader')),
    { principalId: 'loader', policyDocument: { Statement: [{ Effect: 'Allow' }] } },
  ],
  'connect $connect': [async () => connectEvent(connection, await admitted(connection)), { statusCode: 200 }],
  'message $default': [
    async () => messageEvent(connection, await admitted(connection), frame),
    { statusCode: 200, body: expect.stringContaining('"ack"') },
  ],
  'replay replay': [
    async () => messageEvent(connection, await admitted(connection), { type: 'replay', since: 0, requestId: 'r' }),
    { statusCode: 200 },
  ],
  'fanout Amazon MQ': [
    () => mqDelivery(topology.shards[0] ?? '', 'from-a-queue', { said: true }, { channel: text(channel) }),
    null,
  ],
  'welcome Amazon MQ': [
    () => {
      const id = { id: connection, user: 'loader', endpoint: surroundings.url, capabilities: '' };
      return mqDelivery(topology.connections, 'welcome', { ...id, expires: Date.now() + 60_000 }, {});
    },
    null,
  ],
  'sweep schedule': [scheduledEvent, null],
  'observe schedule': [scheduledEvent, null],
  'appended schedule': [scheduledEvent, null],
  'topology custom resource': [() => customResourceEvent('Update', surroundings.cloudFormation), null],
  'monitor GET /health': [() => httpEvent('GET', '/health'), { statusCode: expect.toBeOneOf([200, 503]) }],
  'monitor GET /live': [() => httpEvent('GET', '/live'), { statusCode: 200 }],
  'monitor GET /metrics': [() => httpEvent('GET', '/metrics', { headers: key }), { statusCode: 200 }],
  'monitor GET /status': [
    () => httpEvent('GET', '/status', { headers: key }),
    { statusCode: expect.toBeOneOf([200, 503]), body: expect.stringContaining('"shards":4') },
  ],
  'monitor GET /connections': [() => httpEvent('GET', '/connections', { headers: key }), { statusCode: 200 }],
  'monitor GET /metrics/past': [
    () => httpEvent('GET', '/metrics/past', { headers: key }),
    { statusCode: 200, body: expect.stringContaining('"points"') },
  ],
  'monitor GET /users/{user}/connections': [
    () =>
      httpEvent('GET', '/users/somebody/connections', {
        route: '/users/{user}/connections',
        parameters: { user: 'somebody' },
        headers: key,
      }),
    { statusCode: 200, body: '{"connections":[]}' },
  ],
  'monitor GET /users/{user}/limits': [
    () =>
      httpEvent('GET', '/users/somebody/limits', {
        route: '/users/{user}/limits',
        parameters: { user: 'somebody' },
        headers: key,
      }),
    { statusCode: 200, body: expect.stringContaining('"level":"user"') },
  ],
  'monitor GET /limits': [
    () => httpEvent('GET', '/limits', { headers: key }),
    { statusCode: 200, body: expect.stringContaining('"limits"') },
  ],
  'monitor GET /listeners': [
    () => httpEvent('GET', '/listeners', { query: { channel: 'a' }, headers: key }),
    { statusCode: 200, body: expect.stringContaining('"listeners"') },
  ],
  'monitor GET /channels': [
    () => httpEvent('GET', '/channels', { query: { pattern: '**' }, headers: key }),
    { statusCode: 200, body: expect.stringContaining('"channels"') },
  ],
  'monitor GET /parked': [
    () => httpEvent('GET', '/parked', { headers: key }),
    { statusCode: 200, body: expect.stringContaining('"messages"') },
  ],
  'monitor POST /parked/{id}/requeue': [
    () =>
      httpEvent('POST', '/parked/none/requeue', {
        route: '/parked/{id}/requeue',
        parameters: { id: 'none' },
        headers: key,
      }),
    { statusCode: 404, body: expect.stringContaining('No such message') },
  ],
  'monitor DELETE /parked/{id}': [
    () => httpEvent('DELETE', '/parked/none', { route: '/parked/{id}', parameters: { id: 'none' }, headers: key }),
    { statusCode: 404, body: expect.stringContaining('No such message') },
  ],
  'console GET /': [() => httpEvent('GET', '/'), { statusCode: 200 }],
  'console GET /console/{file+}': [
    () =>
      httpEvent('GET', '/console/settings.json', {
        route: '/console/{file+}',
        parameters: { file: 'settings.json' },
      }),
    { statusCode: 200, body: expect.stringContaining('"websocket"') },
  ],
  'api POST /events': [
    async () =>
      httpEvent('POST', '/events', {
        headers: { ...(await bearer('loader')), 'content-type': 'application/json' },
        body: JSON.stringify({ events: [{ channel, data: 2, id: 'from-a-request' }] }),
      }),
    { statusCode: 200, body: '{"ids":["from-a-request"]}' },
  ],
  'api GET /events/{channel}/{epoch}/{offset}': [
    async () =>
      httpEvent('GET', '/events/loading:one/none/1', {
        route: '/events/{channel}/{epoch}/{offset}',
        parameters: { channel, epoch: 'none', offset: '1' },
        headers: await bearer('loader'),
      }),
    { statusCode: 404, body: expect.stringContaining('There is no such event') },
  ],
  'api GET /session': [
    async () => httpEvent('GET', '/session', { headers: await bearer('loader') }),
    { statusCode: 200, body: expect.stringContaining('"token":"ok"') },
  ],
  'api POST /tickets': [
    async () => httpEvent('POST', '/tickets', { headers: await bearer('loader') }),
    { statusCode: 201 },
  ],
  'api DELETE /users/{user}/connections': [
    () =>
      httpEvent('DELETE', '/users/somebody/connections', {
        route: '/users/{user}/connections',
        parameters: { user: 'somebody' },
        headers: key,
      }),
    { statusCode: 200, body: '{"closed":0}' },
  ],
  'consumers GET /consumers': [
    async () => httpEvent('GET', '/consumers', { headers: await bearer('loader', { backend: true }) }),
    { statusCode: 200, body: '{"consumers":[]}' },
  ],
  ...Object.fromEntries(
    [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['PUT', '/positions'],
      ['POST', '/pull'],
      ['POST', '/ack'],
    ].map(([method = '', rest]) => [
      `consumers ${method} /consumers/{name}${rest}`,
      [
        async () =>
          httpEvent(method, `/consumers/one${rest}`, {
            route: `/consumers/{name}${rest}`,
            parameters: { name: 'one' },
            headers: await bearer('loader'),
          }),
        { statusCode: 403, body: expect.stringContaining('back-ends') },
      ],
    ]),
  ),
  'api GET /openapi.json': [() => httpEvent('GET', '/openapi.json'), { statusCode: 200 }],
  'api OPTIONS /{proxy+}': [
    () =>
      httpEvent('OPTIONS', '/events', {
        route: '/{proxy+}',
        parameters: { proxy: 'events' },
        headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
      }),
    { statusCode: 204 },
  ],
  // Last of the connection.
  'disconnect $disconnect': [async () => disconnectEvent(connection, await admitted(connection)), { statusCode: 200 }],
};

const named = ({ key, source }: Source): string => `${key} ${source}`;

describe('every function, loaded from its zip by AWS’s own runtime', () => {
  it('is called by nothing of which there is no event here, and by all of which there is', () => {
    const sources = sourcesOf(stage.template);
    expect(sources.map(named).toSorted()).toEqual(Object.keys(EVENTS).toSorted());
    const functions = resourcesOf(stage.template, 'AWS::Lambda::Function').map(([name]) => name);
    expect(new Set(sources.map(({ key }) => key)).size).toBe(functions.length);
  });

  it.each(Object.entries(EVENTS))('answers: %s', async (name, [event, answer]) => {
    const [key = ''] = name.split(' ');
    const answered = await stage.invoke(key, await event());
    if (answer === null) expect(answered).toBeNull();
    else expect(answered).toMatchObject(answer as object);
  });
});

const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-planted-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const source = (code: string) => ({ 'functions/planted.mjs': strToU8(code) });
const consoleZip = () => unzipSync(readFileSync(stage.zipOf('console')));

describe('a zip is refused', () => {
  it.each<[string, string, () => Record<string, Uint8Array>, RegExp]>([
    [
      'with a folder of its handler’s name, which is looked for before the file',
      '.build/functions/console.handler',
      () => ({ ...consoleZip(), '.build/functions/console/index.html': strToU8('<html>') }),
      /ERR_UNSUPPORTED_DIR_IMPORT|Directory import/,
    ],
    ['without its handler’s file', 'functions/another.handler', () => source(''), /Runtime\.ImportModuleError/],
    [
      'whose file exports no handler',
      'functions/planted.handler',
      () => source('export const other = () => {};'),
      /Runtime\.HandlerNotFound.*handler is undefined or not exported/,
    ],
    [
      'whose handler is no function',
      'functions/planted.handler',
      () => source('export const handler = {};'),
      /Runtime\.HandlerNotFound.*is not a function/,
    ],
    [
      'whose handler takes a callback',
      'functions/planted.handler',
      () => source('export const handler = (event, context, callback) => callback();'),
      /Runtime\.CallbackHandlerDeprecated/,
    ],
    [
      'that cannot be read',
      'functions/planted.handler',
      () => source('export const handler = async () => {'),
      /Runtime\.UserCodeSyntaxError/,
    ],
    [
      'that lacks what it imports',
      'functions/planted.handler',
      () => source("import 'not-packed'; export const handler = async () => {};"),
      /ERR_MODULE_NOT_FOUND|Cannot find package 'not-packed'/,
    ],
  ])('%s', async (_, handler, files, reason) => {
    const zip = join(directory, 'planted.zip');
    writeFileSync(zip, zipSync(files()));
    const settings = { zip, name: 'planted', handler, timeout: 10, memorySize: 256, variables: {} };
    const environment = await ExecutionEnvironment.start(settings);
    onTestFinished(() => environment.stop());
    await expect(environment.invoke({})).rejects.toThrow(reason);
  });
});
