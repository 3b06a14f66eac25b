import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { Client } from '../e2e/client.ts';
import { type RunningEmulator, startEmulator } from '../e2e/emulator.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { frames } from './frames.ts';
import { faultOf, httpFaultOf } from './judge.ts';
import { ADMIN_KEY, type FuzzedRequest, requests } from './requests.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const COUNT = Number(process.env['FUZZ_EMULATOR_FRAMES'] ?? 5_000);
const REQUESTS = Number(process.env['FUZZ_EMULATOR_REQUESTS'] ?? 2_000);
/** Frames of one connection that are not answered yet. */
const WINDOW = 50;
/** Requests under way at once. */
const WIDTH = 8;

let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: inject('rabbitmqUrl'),
    // Most of what is sent here would not pass it.
    strict: false,
    env: {
      REDIS_KEY_PREFIX: `fuzz-${randomUUID()}:`,
      RATE_LIMIT_ENABLED: 'false',
      AUTH_MODE: 'jwt',
      AUTH_JWT_SECRET: SECRET,
      ADMIN_KEY,
    },
  });
});
afterAll(() => emulator?.stop());

it(`answers ${COUNT} frames through the emulator, each once`, async () => {
  const channels = { subscribe: ['**'], publish: ['**'] };
  const client = await Client.shown(emulator.websocketUrl, await tokenFor('alice', { channels }));
  await client.find(({ type }) => type === 'connection');
  const answered = (): number => client.heard.filter(({ type }) => type !== 'connection' && type !== 'event').length;
  let sent = 0;
  for (const frame of frames(COUNT, SEED, true)) {
    client.socket.send(frame);
    sent++;
    while (sent - answered() > WINDOW) await pause(1);
  }
  await client.find(() => answered() >= sent, 60_000);
  // Whoever was answered twice would be seen behind the last.
  expect(await client.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
  expect(answered()).toBe(COUNT + 1);
  const answers = client.heard.filter(({ type }) => type !== 'connection' && type !== 'event');
  expect(answers.map((answer) => faultOf(JSON.stringify(answer))).filter((fault) => fault !== undefined)).toEqual([]);
  expect(emulator.output()).not.toContain('A function crashed');
  const refused = answers.filter(({ type }) => type === 'error').length;
  console.log(`seed ${SEED}: ${sent} frames through the emulator, each answered, ${refused} refused`);
  await client.close();
});

/** What can be sent as a header; the rest no client can. */
const sendable = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value)));

const addressOf = ({ route, parameters, query }: FuzzedRequest): [method: string, url: URL] => {
  const [method = '', path = ''] = route.split(' ');
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    // An empty segment would be another path, and of dots browsers make one.
    encodeURIComponent((parameters[name] ?? '').toWellFormed()).replace(/^\.*$/, '_'),
  );
  const url = new URL(`${emulator.httpUrl}${filled}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return [method, url];
};

it(`answers ${REQUESTS} requests over HTTP through the emulator`, async () => {
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const source = requests(REQUESTS, SEED);
  const worker = async (): Promise<void> => {
    for await (const request of source) {
      const [method, url] = addressOf(request);
      const { headers, body } = request;
      const answer = await fetch(url, { method, headers: sendable(headers), ...(body === undefined ? {} : { body }) });
      const { status } = answer;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // Of a method that it has no route for, the gateway itself says so.
      const fault =
        method === 'PATCH'
          ? undefined
          : httpFaultOf({ status, headers: Object.fromEntries(answer.headers), body: await answer.text() });
      if (fault !== undefined && faults.length < 10) faults.push(`${fault}: ${JSON.stringify(request).slice(0, 500)}`);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  const seen = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  console.log(`seed ${SEED}: ${REQUESTS} requests through the emulator (${seen.join(', ')})`);
  expect(faults).toEqual([]);
  for (const status of [200, 201, 400, 401, 403]) expect([status, statuses.get(status) ?? 0]).not.toEqual([status, 0]);
  expect(emulator.output()).not.toContain('A function crashed');
  expect((await fetch(`${emulator.httpUrl}/health`)).status).toBe(200);
});
