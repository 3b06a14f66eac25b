import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePorts } from '../../localstack/ports.ts';
import { Client } from '../e2e/client.ts';
import { ownBroker } from '../own-broker.ts';
import { environmentIn, holds, type Image, replay } from './image.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const PATIENCE = 120_000;
/** Milliseconds for two installations and tens of thousands of files, on a busy machine. */
const PREPARATION = 600_000;

describe('the container', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-image-'));
  let image: Image;
  let container: ChildProcess;
  let ended: Promise<[number | null, NodeJS.Signals | null]>;
  const output: string[] = [];
  let ports: number[] = [];

  /** In the image, as its user. */
  const options = () => ({
    cwd: path.join(image.root, image.workdir),
    env: {
      ...environmentIn(image),
      // What docker-compose.yml sets, at this machine's own address alone.
      REDIS_URL: inject('redisUrl'),
      RABBITMQ_URL: ownBroker(),
      HOST: '127.0.0.1',
      WS_PORT: String(ports[0]),
      HTTP_PORT: String(ports[1]),
      LAMBDA_PORT: String(ports[2]),
      REDIS_KEY_PREFIX: `container-${randomUUID()}:`,
      RABBITMQ_GENERATION: '902',
    },
    ...(image.user === undefined ? {} : { uid: image.user, gid: image.user }),
  });

  /** @param more - arguments that compose adds to what the image says of itself. */
  const healthcheck = (...more: string[]): number | null => {
    const [program = '', ...args] = image.healthcheck;
    return spawnSync(program, [...args, ...more], options()).status;
  };

  beforeAll(async () => {
    chmodSync(directory, 0o755);
    image = await replay(ROOT, directory);
    ports = await freePorts([0, 0, 0]);
  }, PREPARATION);
  afterAll(async () => {
    if (container?.exitCode === null) container.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  }, PREPARATION);

  it('holds what runs, and nothing that only builds or tests', () => {
    expect(holds(image, 'localstack/start.ts')).toBe(true);
    expect(holds(image, '.local/console/index.html')).toBe(true);
    expect(holds(image, 'node_modules/serverless-offline')).toBe(true);
    for (const absent of [
      'test',
      'console',
      'node_modules/vitest',
      'node_modules/vite',
      '.env',
      '.git',
      'package-lock.json',
    ])
      expect(holds(image, absent), absent).toBe(false);
  });

  it('[O-14] lives, and is ready once it serves, and not before', async () => {
    expect([healthcheck(), healthcheck('ready')]).toEqual([1, 1]);
    const [program = '', ...args] = image.cmd;
    container = spawn(program, args, { ...options(), stdio: ['ignore', 'pipe', 'pipe'] });
    ended = once(container, 'exit') as typeof ended;
    for (const stream of [container.stdout, container.stderr])
      stream?.on('data', (data) => void output.push(String(data)));
    for (const giveUp = Date.now() + PATIENCE; healthcheck('ready') !== 0; ) {
      if (container.exitCode !== null || Date.now() > giveUp)
        throw new Error(`It does not get healthy:\n${output.join('')}`);
      await delay(500);
    }
    expect(healthcheck()).toBe(0);
    if (image.user !== undefined) expect(image.user, 'its user').toBeGreaterThan(0);
  });

  it('[B-2] [O-11] carries a conversation, and serves the console', async () => {
    const [alice, bob] = await Promise.all(
      ['alice', 'bob'].map((user) => Client.connect(`ws://127.0.0.1:${ports[0]}`, user)),
    );
    await alice?.request({ type: 'subscribe', channels: ['task:opened'] });
    expect(await bob?.request({ type: 'broadcast', channel: 'task:opened', data: 1 })).toMatchObject({ type: 'ack' });
    expect(await alice?.events(1)).toMatchObject([{ channel: 'task:opened', data: 1, userId: 'bob' }]);
    await Promise.all([alice?.close(), bob?.close()]);
    const page = await fetch(`http://127.0.0.1:${ports[1]}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<script');
  });

  it('ends in order within the time it is given', async () => {
    const compose = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
    const grace = Number(/stop_grace_period: (\d+)s/.exec(compose)?.[1]) * 1_000;
    container.kill(image.stopSignal);
    const kill = setTimeout(() => container.kill('SIGKILL'), grace);
    expect(await ended, output.join('')).toEqual([0, null]);
    clearTimeout(kill);
  });
});
