import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { keysOf } from '../integration/redis.ts';
import { httpFaultOf } from './judge.ts';
import { heap } from './memory.ts';
import { ownTopology, tellFunctions } from './own-topology.ts';
import { type FuzzedRequest, requests } from './requests.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const COUNT = Number(process.env['FUZZ_REQUESTS'] ?? 50_000);
/** Requests under way at once. */
const WIDTH = 16;

/** The routes of two functions; the others are asked through the emulator. */
const CONSUMERS = [
  'GET /consumers',
  'GET /consumers/{name}',
  'PUT /consumers/{name}',
  'DELETE /consumers/{name}',
  'PUT /consumers/{name}/positions',
  'POST /consumers/{name}/pull',
  'POST /consumers/{name}/ack',
];
const ROUTES = [
  ...CONSUMERS,
  'POST /events',
  'GET /session',
  'POST /tickets',
  'GET /events/{channel}/{epoch}/{offset}',
  'DELETE /users/{user}/connections',
  'GET /openapi.json',
  'PATCH /events',
];

const prefix = `fuzz-${randomUUID()}:`;
const stack = { redisUrl: inject('redisUrl'), rabbitmqUrl: inject('rabbitmqUrl'), generation: 99 };
type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
let handler: Handler;
let consumers: Handler;
let redis: RedisClient;

beforeAll(async () => {
  tellFunctions({ ...stack, prefix });
  await ownTopology(stack, 'declare');
  ({ handler } = (await import('../../functions/api.ts')) as unknown as { handler: Handler });
  ({ handler: consumers } = (await import('../../functions/consumers.ts')) as unknown as { handler: Handler });
  redis = connectRedis({ url: stack.redisUrl, cluster: false }, () => undefined);
});
afterAll(async () => {
  redis?.disconnect();
  await ownTopology(stack, 'delete');
});

const CONTEXT = { functionName: 'api', awsRequestId: 'fuzz', getRemainingTimeInMillis: () => 10_000 } as Context;

const eventOf = ({ route, headers, query, parameters, body, isBase64Encoded }: FuzzedRequest) => {
  const [method = '', path = ''] = route.split(' ');
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    headers,
    queryStringParameters: query,
    pathParameters: parameters,
    requestContext: { http: { method, path } },
    // As gateways differ in it.
    ...(body === undefined ? (isBase64Encoded ? {} : { body: null }) : { body }),
    isBase64Encoded,
  } as unknown as APIGatewayProxyEventV2;
};

it(`[H-1] [H-2] [H-4] answers ${COUNT} requests, whatever they hold, and keeps nothing`, async () => {
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  let count = 0;
  let settled = 0;
  const source = requests(COUNT, SEED, ROUTES);
  const worker = async (): Promise<void> => {
    for await (const request of source) {
      const asked = CONSUMERS.includes(request.route) ? consumers : handler;
      const { statusCode = 0, headers = {}, body = '' } = await asked(eventOf(request), CONTEXT);
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      const fault = httpFaultOf({ status: statusCode, headers: lowered(headers), body });
      if (fault !== undefined && faults.length < 10) faults.push(`${fault}: ${JSON.stringify(request).slice(0, 500)}`);
      // What is compiled and cached at first is not what leaks.
      if (++count === Math.floor(COUNT / 4)) settled = heap();
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  const grown = heap() - settled;
  const seen = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  console.log(
    `seed ${SEED}: ${count} requests at the handler (${seen.join(', ')}); heap grew by ${(grown / 2 ** 20).toFixed(1)} MB`,
  );
  expect(faults).toEqual([]);
  expect(count).toBe(COUNT);
  // Something of everything: nothing is hidden behind one refusal.
  for (const status of [200, 201, 204, 400, 401, 403, 404, 409])
    expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);
  expect(grown).toBeLessThan(32 * 2 ** 20);

  // Counters stay, and what all histories begin under; whatever else there is goes by itself.
  const left = (await keysOf(redis, prefix)).filter((key) => !/:(n:\{counters\}|e:\{epochs\})$/.test(key));
  const forEver = await Promise.all(left.map(async (key) => ((await redis.pttl(key)) === -1 ? [key] : [])));
  expect(forEver.flat()).toEqual([]);
});

const lowered = (headers: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
