import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../localstack/servers/redis.ts';
import { programFor } from '../programs.ts';

/** As `npm start` has it. */
const start = async (directory: string) => {
  const program = await programFor(['redis-server'], { aptPackage: 'redis-server', brewFormula: 'redis' });
  const server = await startRedis({ program, directory, preferredPort: 0, report: () => undefined });
  onTestFinished(() => server.stop());
  await server.ready();
  return server;
};

const dial = (url: string): Redis => {
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
};

it('a Redis that is started takes who has its address alone, and has the same password the next time', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-own-redis-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const first = await start(directory);
  const { port, password } = new URL(first.url);
  await expect(dial(`redis://127.0.0.1:${port}`).set('a', 1)).rejects.toThrow(/NOAUTH/);
  await expect(dial(`redis://:guessed@127.0.0.1:${port}`).set('a', 1)).rejects.toThrow();
  expect(await dial(first.url).set('a', 1)).toBe('OK');
  const command = await programFor(['redis-cli'], { aptPackage: 'redis-tools', brewFormula: 'redis' });
  expect((await promisify(execFile)(command, ['-u', first.url, 'get', 'a'])).stdout).toBe('1\n');
  await first.stop();
  const second = await start(directory);
  expect(new URL(second.url).password).toBe(password);
  expect(await dial(second.url).get('a')).toBe('1');
});

it.runIf(process.platform !== 'win32')('the files of a Redis that is started are its owner’s alone', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-own-redis-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const server = await start(directory);
  await dial(server.url).set('a', 1);
  const files = readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)));
  expect(files.length).toBeGreaterThan(4);
  const open = [directory, ...files].filter((file) => (statSync(file).mode & 0o077) !== 0);
  expect(open).toEqual([]);
});
