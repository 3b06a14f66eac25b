import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

/** Without the strict gateway: what the emulator itself opens is asked. It listens as in a container. */
let emulator: RunningEmulator;
let alice: Client;
let connectionId: unknown;

beforeAll(async () => {
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    strict: false,
    env: { REDIS_KEY_PREFIX: `doors-${randomUUID()}:`, HOST: '0.0.0.0' },
  });
  alice = await Client.connect(emulator.websocketUrl, 'alice');
  ({ connectionId } = await alice.find(({ type }) => type === 'connection'));
});

afterAll(async () => {
  alice?.socket.close();
  await emulator?.stop();
});

it('connections are posted to and closed by who knows the path of this start alone', async () => {
  const { origin } = new URL(emulator.endpoint);
  const name = encodeURIComponent(String(connectionId));
  const ask = async (method: string, base: string, data: string): Promise<number> => {
    const body = JSON.stringify({ type: 'event', channel: 'news', data });
    return (await fetch(`${base}/${name}`, { method, body })).status;
  };
  expect(await ask('POST', `${origin}/@connections`, 'forged')).toBe(403);
  expect(await ask('DELETE', `${origin}/@connections`, 'forged')).toBe(403);
  expect(await ask('POST', `${origin}/%40connections`, 'forged')).toBe(403);
  expect(await ask('POST', `${origin}/${'x'.repeat(32)}/@connections`, 'forged')).toBe(410);
  expect(await ask('POST', `${emulator.endpoint}/@connections`, 'of the service')).toBe(200);
  await alice.find(({ data }) => data === 'of the service');
  expect(alice.heard.filter(({ data }) => data === 'forged')).toEqual([]);
});

const invoke = (base: string) =>
  fetch(`${base}/2015-03-31/functions/realtime-sync-local-sweep/invocations`, { method: 'POST', body: '{}' });

it('functions are called by who knows the path of this start alone', async () => {
  const port = `http://127.0.0.1:${emulator.lambdaPort}`;
  expect((await invoke(port)).status).toBe(404);
  expect((await invoke(`${port}/${'x'.repeat(32)}`)).status).toBe(404);
  expect((await invoke(`${port}${new URL(emulator.endpoint).pathname}`)).status).toBe(200);
});

it('functions are called from this machine alone, wherever the other ports listen', async () => {
  const outside = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  for (const { address } of outside.filter(({ family, internal }) => family === 'IPv4' && !internal)) {
    expect((await fetch(`http://${address}:${new URL(emulator.httpUrl).port}/live`)).status).toBe(200);
    await expect(invoke(`http://${address}:${emulator.lambdaPort}`)).rejects.toThrow();
  }
});
