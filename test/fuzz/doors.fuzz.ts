import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { REQUESTS, WRAPPINGS } from '../../lib/protocol/messages/table.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { answered } from '../frames.ts';
import { tokenFor } from '../tokens.ts';
import { connection } from '../unit/sync/world.ts';
import { receivingWorld } from '../unit/sync/worlds.ts';
import { mappingEvents } from './mapping-events.ts';
import { heap } from './memory.ts';
import { type Door, places, tryDoor } from './near-misses.ts';
import { ownTopology, tellFunctions } from './own-topology.ts';
import { requests } from './requests.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const MESSAGES = Number(process.env['FUZZ_MESSAGES'] ?? 20_000);
const HANDSHAKES = Number(process.env['FUZZ_HANDSHAKES'] ?? 20_000);
/** What is compiled and cached at first is not what leaks. */
const SETTLED = 1 / 4;
const MOST_GROWTH = 32 * 2 ** 20;

const stack = { redisUrl: inject('redisUrl'), rabbitmqUrl: inject('rabbitmqUrl'), generation: 98 };
const prefix = `fuzz-${randomUUID()}:`;
const CONTEXT = { functionName: 'f', awsRequestId: 'fuzz', getRemainingTimeInMillis: () => 12_000 } as Context;

type Handler = (event: unknown, context: Context) => Promise<unknown>;
let authorizer: Handler;
let api: Handler;
let fanout: Handler;
let token: string;

beforeAll(async () => {
  tellFunctions({ ...stack, prefix });
  await ownTopology(stack, 'declare');
  ({ handler: authorizer } = (await import('../../functions/authorizer.ts')) as unknown as { handler: Handler });
  ({ handler: api } = (await import('../../functions/api.ts')) as unknown as { handler: Handler });
  ({ handler: fanout } = (await import('../../functions/fanout.ts')) as unknown as { handler: Handler });
  token = await tokenFor('alice', { channels: { subscribe: ['**'], publish: ['**'] } });
});
afterAll(() => ownTopology(stack, 'delete'));

const handshake = (headers: object, query: object) => ({
  type: 'REQUEST',
  methodArn: 'arn:aws:execute-api:us-east-1:000000000000:api/dev/$connect',
  headers,
  queryStringParameters: query,
  requestContext: { connectionId: 'c', routeKey: '$connect' },
});

const request = (route: string, more: object) => {
  const [method = '', path = ''] = route.split(' ');
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    headers: {},
    queryStringParameters: {},
    requestContext: { http: { method, path } },
    isBase64Encoded: false,
    ...more,
  };
};

const mapped = (basicProperties: object, body: string) => ({
  eventSource: 'aws:rmq',
  eventSourceArn: 'arn',
  rmqMessagesByQueue: {
    [`${topologyOf({ shards: 1, generation: stack.generation }).shards[0]}::/`]: [
      { basicProperties, redelivered: false, data: Buffer.from(body).toString('base64') },
    ],
  },
});

/** A message of each type with every field that it may have. */
const EXAMPLES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  subscribe: {
    channels: ['a'],
    patterns: ['a:*'],
    options: { sendInitialState: false, replayEvents: false, replaySince: 1 },
  },
  unsubscribe: { channels: ['a'], patterns: ['a:*'] },
  broadcast: {
    ...{ channel: 'a', data: { a: 'b' }, id: 'i', category: 'c', priority: 'low', targetUsers: ['u'] },
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  ping: { digest: true, positions: { a: { offset: 1, epoch: 'e', private: { offset: 1, epoch: 'e' } } } },
  replay: {
    since: 1,
    positions: { a: { offset: 1, epoch: 'e' } },
    cursor: 'c',
    channels: ['a'],
    categories: ['c'],
    priority: ['low'],
    order: 'time',
    limit: 1,
  },
  auth: { token: 'a.b.c' },
  compression: { enable: true, level: 1 },
  batch: { messages: [{ type: 'broadcast', requestId: 'r', channel: 'a', data: 'd' }] },
  chunk: { id: 'i', index: 0, total: 2, data: 'd' },
  compressed: { encoding: 'deflate', data: 'd' },
};

const MOST_FRAME = 2 ** 16;
/** What API Gateway lets into a header, all of them together. */
const MOST_HEADER = 10_240;

/** The sum of what went through some doors, printed. */
const tryDoors = async (what: string, doors: readonly Door[]): Promise<void> => {
  let texts = 0;
  let worst = 0;
  const faults: string[] = [];
  for (const door of doors) {
    const tried = await tryDoor(door);
    texts += tried.texts;
    worst = Math.max(worst, tried.worst);
    faults.push(...tried.faults);
  }
  console.log(
    `${texts} near misses in ${doors.length} places of ${what}; the worst took ${worst.toFixed(2)} of its time`,
  );
  expect(faults).toEqual([]);
};

describe('a near miss takes no longer than any text of its length', () => {
  it('in frames', async () => {
    const types = { ...REQUESTS, ...WRAPPINGS };
    for (const [type, example] of Object.entries(EXAMPLES)) {
      const known = Object.keys(types[type as keyof typeof types].fields).filter((name) => name !== 'requestId');
      expect([type, Object.keys(example).sort()]).toEqual([type, known.sort()]);
    }
    const caller = { ...connection('A', 'alice'), capabilities: parseCapabilities('batch,chunk,compression') };
    const doors = Object.entries(EXAMPLES).flatMap(([type, example]) =>
      places({ type, requestId: 'r', ...example }).map(({ path, put }) => ({
        name: `${type}${path}`,
        most: MOST_FRAME,
        send: (text: string) => {
          const world = receivingWorld({ compression: { enabled: true, threshold: 1_024 } });
          return answered(world, caller, JSON.stringify(put(text)));
        },
      })),
    );
    const raw = { name: 'a frame', most: MOST_FRAME, send: (text: string) => answered(receivingWorld(), caller, text) };
    await tryDoors('frames', [...doors, raw]);
  });

  it('in handshakes', async () => {
    const shown = places({
      headers: { authorization: 'Bearer x', 'sec-websocket-protocol': 'a, b', origin: 'http://localhost', host: 'h' },
      query: { ticket: 't', capabilities: 'batch', user: 'u' },
    }).filter(({ path }) => !path.endsWith('as a key'));
    const doors = shown.map(({ path, put }) => ({
      name: path,
      most: MOST_HEADER,
      send: (text: string) => {
        const { headers, query } = put(text) as { headers: object; query: object };
        return authorizer(handshake(headers, query), CONTEXT);
      },
    }));
    await tryDoors('handshakes', doors);
  });

  it('in requests', async () => {
    const authorization = `Bearer ${token}`;
    const some = ['authorization', 'origin', 'x-api-key', 'idempotency-key', 'content-type', 'x-amzn-trace-id'];
    const headers = some.map((name) => ({
      name,
      most: MOST_HEADER,
      send: (text: string) =>
        api(request('POST /events', { headers: { authorization, [name]: text }, body: '{"events":[]}' }), CONTEXT),
    }));
    const parameters = ['channel', 'epoch', 'offset'].map((name) => ({
      name,
      most: MOST_HEADER,
      send: (text: string) => {
        const pathParameters = { channel: 'a', epoch: 'e', offset: '1', [name]: text };
        const route = 'GET /events/{channel}/{epoch}/{offset}';
        return api(request(route, { headers: { authorization }, pathParameters }), CONTEXT);
      },
    }));
    const bodies = places({ events: [{ ...EXAMPLES['broadcast'] }] }).map(({ path, put }) => ({
      name: path,
      // Nothing that was acked may be left in the queue of this run.
      most: 2 ** 16,
      send: (text: string) => {
        const body = JSON.stringify(put(text));
        return api(request('POST /events', { headers: { authorization: 'Bearer none' }, body }), CONTEXT);
      },
    }));
    await tryDoors('requests', [...headers, ...parameters, ...bodies]);
  });

  it('in what the broker hands on', async () => {
    const { incomingOf, welcomeOf } = await import('../../lib/rabbitmq/incoming.ts');
    const { deliveriesOf } = await import('../../lib/rabbitmq/lambda-event.ts');
    const { traceOf } = await import('../../lib/rabbitmq/trace.ts');
    const headers = { channel: 'a', category: 'c', priority: 'low', targetUsers: ['u'], longId: 'l', userId: 'u' };
    const whole = {
      properties: { messageId: 'i', timestamp: '1', headers: { ...headers, correlationId: 'r', publishedAt: 1 } },
      body: '{"a":1}',
    };
    const doors = places(whole).map(({ path, put }) => ({
      name: path,
      most: 2 ** 16,
      send: (text: string) => {
        const { properties, body } = put(text) as { properties?: object; body?: string };
        for (const delivery of deliveriesOf(mapped(properties ?? {}, body ?? '') as never)) {
          traceOf(delivery);
          incomingOf(delivery, 2 ** 20);
          welcomeOf(delivery);
        }
      },
    }));
    await tryDoors('messages of the broker', doors);
  });
});

/** Runs an act for each of some inputs, and says by how many bytes the heap grew after the first of them. */
const growthOver = async <T>(
  inputs: Iterable<T> | AsyncIterable<T>,
  count: number,
  act: (input: T) => Promise<void>,
) => {
  let done = 0;
  let settled = 0;
  for await (const input of inputs) {
    await act(input);
    if (++done === Math.floor(count * SETTLED)) settled = heap();
  }
  expect(done).toBeGreaterThan(count * SETTLED);
  return heap() - settled;
};

it(`takes ${MESSAGES} messages of the mapping, whatever they hold: no batch comes back`, async () => {
  const { incomingOf } = await import('../../lib/rabbitmq/incoming.ts');
  const { deliveriesOf } = await import('../../lib/rabbitmq/lambda-event.ts');
  const queue = topologyOf({ shards: 1, generation: stack.generation }).shards[0] as string;
  const faults: string[] = [];
  let taken = 0;
  let poison = 0;
  const grown = await growthOver(mappingEvents(MESSAGES, SEED, queue), MESSAGES / 20, async (event) => {
    for (const delivery of deliveriesOf(event)) {
      taken++;
      if ('poison' in incomingOf(delivery, 2 ** 20)) poison++;
    }
    try {
      await fanout(event, CONTEXT);
    } catch (error) {
      if (faults.length < 10)
        faults.push(`${String(error)}: ${JSON.stringify(event.rmqMessagesByQueue).slice(0, 500)}`);
    }
  });
  console.log(
    `seed ${SEED}: ${taken} messages of the mapping, ${poison} poison; heap grew by ${(grown / 2 ** 20).toFixed(1)} MB`,
  );
  expect(faults).toEqual([]);
  expect(poison).toBeGreaterThan(taken / 20);
  expect(poison).toBeLessThan(taken);
  expect(grown).toBeLessThan(MOST_GROWTH);
});

it(`[C-4] decides on ${HANDSHAKES} handshakes, whatever they show`, async () => {
  const effects = new Map<string, number>();
  const faults: string[] = [];
  const grown = await growthOver(
    requests(HANDSHAKES, SEED, ['POST /tickets']),
    HANDSHAKES,
    async ({ headers, query }) => {
      try {
        const decided = (await authorizer(handshake(headers, query), CONTEXT)) as {
          principalId: string;
          policyDocument: { Statement: readonly { Effect: string }[] };
        };
        const effect = decided.policyDocument.Statement[0]?.Effect ?? 'none';
        effects.set(effect, (effects.get(effect) ?? 0) + 1);
        // What a client shows beside its token decides nothing of who it is.
        if (effect === 'Allow' && !['alice', 'bob', 'carol', 'root'].includes(decided.principalId)) {
          faults.push(`allowed ${decided.principalId}`);
        }
      } catch (error) {
        if (faults.length < 10) faults.push(`${String(error)}: ${JSON.stringify({ headers, query }).slice(0, 500)}`);
      }
    },
  );
  console.log(
    `seed ${SEED}: ${HANDSHAKES} handshakes (${[...effects].join('; ')}); heap grew by ${(grown / 2 ** 20).toFixed(1)} MB`,
  );
  expect(faults).toEqual([]);
  for (const effect of ['Allow', 'Deny']) expect([effect, effects.get(effect) ?? 0]).not.toEqual([effect, 0]);
  expect(grown).toBeLessThan(MOST_GROWTH);
});
