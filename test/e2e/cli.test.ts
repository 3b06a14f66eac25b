import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { cli, startCli } from '../cli.ts';
import { ownBroker } from '../own-broker.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

let emulator: RunningEmulator;
let where: readonly string[];

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    // An answer holds fewer events than `replay` asks for unless it is told otherwise.
    env: { REDIS_KEY_PREFIX: `cli-${randomUUID()}:`, EVENT_REPLAY_MAX_EVENTS: '2', EVENT_REPLAY_BATCH_SIZE: '2' },
  });
  where = ['--url', emulator.websocketUrl, '--http', emulator.httpUrl];
});

afterAll(async () => {
  await emulator?.stop();
});

it('publishes, and says what was published, while it is and afterwards', async () => {
  const listener = await Client.connect(emulator.websocketUrl, 'alice');
  const tail = startCli(['--json', 'tail', 'cli:*', '--since', '1h', '--count', '2', ...where]);
  expect((await cli(['publish', 'cli:a', '{"n":1}', '--id', 'one', ...where])).said).toBe('Published one\n');
  expect((await cli(['--json', 'publish', 'cli:b', 'two', '--priority', 'high', ...where])).code).toBe(0);
  const heard = await tail.ended;
  expect(heard.code).toBe(0);
  expect(heard.values().map(({ channel, data }) => [channel, data])).toEqual([
    ['cli:a', { n: 1 }],
    ['cli:b', 'two'],
  ]);
  const { said, code } = await cli(['replay', 'cli:*', ...where]);
  expect(code).toBe(0);
  expect(said).toMatch(/^\S+ cli:a #1 \{"n":1\} {2}cli\n\S+ cli:b #1 "two" {2}cli, high\n$/);
  await listener.close();
});

it('says the last events of channels, also where one answer holds fewer', async () => {
  const listener = await Client.connect(emulator.websocketUrl, 'alice');
  await listener.request({ type: 'subscribe', channels: ['cli:last', 'cli:other'] });
  for (const data of ['1', '2', '3']) await cli(['publish', 'cli:last', data, ...where]);
  await cli(['publish', 'cli:other', '4', ...where]);
  const last = async (count: string, ...channels: readonly string[]) => {
    const { code, values } = await cli(['--json', 'replay', ...channels, '--last', count, ...where]);
    return [code, values().map(({ data }) => data)];
  };
  // It is in the history a little after it is acknowledged.
  await vi.waitFor(async () => expect(await last('1', 'cli:last', 'cli:other')).toEqual([0, [3, 4]]), 60_000);
  // Of the three two are kept, and that is told.
  expect(await last('5', 'cli:last')).toEqual([1, [2, 3]]);
  const { code, complained } = await cli(['replay', 'cli:*', '--last', '1', ...where]);
  expect([code, complained]).toEqual([1, expect.stringContaining('cli:*')]);
  await listener.close();
});

it('ends in order where it is interrupted', async () => {
  const tail = startCli(['tail', 'cli:interrupted', ...where]);
  await vi.waitFor(async () => {
    await cli(['publish', 'cli:interrupted', '1', ...where]);
    expect(tail.said()).toContain('cli:interrupted');
  }, 60_000);
  tail.interrupt();
  expect((await tail.ended).code).toBe(0);
});

it('says whether a user hears a channel, and why not', async () => {
  const ask = (...more: readonly string[]) => cli(['why', 'cli:why', '--user', 'carol', ...more, ...where.slice(2)]);
  expect(await ask()).toMatchObject({ code: 1, said: expect.stringMatching(/^carol has no connection/) });
  const carol = await Client.connect(emulator.websocketUrl, 'carol');
  await carol.request({ type: 'subscribe', channels: ['cli:other'] });
  expect(await ask()).toMatchObject({
    code: 1,
    said: expect.stringMatching(/does not hear it: none of its subscriptions matches: cli:other/),
  });
  await carol.request({ type: 'subscribe', patterns: ['cli:w*'] });
  expect(await ask()).toMatchObject({ code: 0, said: expect.stringMatching(/hears it: it is subscribed to cli:w\*/) });
  await carol.close();
});

it('is refused with the reason', async () => {
  const { code, complained } = await cli(['tail', '/(/', ...where]);
  expect(complained).toMatch(/^\/\(\/: /);
  expect(code).toBe(1);
});
