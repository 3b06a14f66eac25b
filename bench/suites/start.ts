import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../localstack/ports.ts';
import { Client } from '../../test/e2e/client.ts';
import { ROOT } from '../backends.ts';
import { type Measure, median, type Suite } from '../measure.ts';

const WARM_STARTS = 3;
const PATIENCE = 600_000;

/** What is made in a folder, and is in no clone of it. */
const MADE = new Set(['node_modules', '.local', '.git']);

/** Seconds until a start lists what runs, and until an event is heard. */
interface Started {
  readonly ready: number;
  readonly heard: number;
}

/** @returns the address that clients connect to. */
const untilReady = async (npm: ChildProcess): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let output = '';
  npm.stdout?.on('data', (data) => {
    output += String(data);
    const address = /ws:\/\/[\w.:[\]-]+\d/.exec(output)?.[0];
    if (address !== undefined) resolve(address);
  });
  npm.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  const timer = setTimeout(() => reject(new Error(`npm start is not ready:\n${output}`)), PATIENCE);
  return promise.finally(() => clearTimeout(timer));
};

/** One user listens, another publishes. */
const untilHeard = async (address: string): Promise<void> => {
  const [listener, publisher] = await Promise.all([
    Client.connect(address, 'listener'),
    Client.connect(address, 'other'),
  ]);
  await listener.request({ type: 'subscribe', channels: ['bench:first'] });
  publisher.send({ type: 'broadcast', channel: 'bench:first', data: 'the first' });
  await listener.events(1);
  await Promise.all([listener.close(), publisher.close()]);
};

/** One `npm start`, stopped again. */
const timeStart = async (clone: string, cache: string): Promise<Started> => {
  const [websocket, http, lambda] = await freePorts([0, 0, 0]);
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1_000;
  const npm = spawn('npm', ['start'], {
    cwd: clone,
    env: {
      ...process.env,
      npm_config_cache: cache,
      WS_PORT: String(websocket),
      HTTP_PORT: String(http),
      LAMBDA_PORT: String(lambda),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    const address = await untilReady(npm);
    const ready = passed();
    await untilHeard(address);
    return { ready, heard: passed() };
  } finally {
    if (npm.exitCode === null && npm.pid !== undefined) {
      process.kill(-npm.pid, 'SIGTERM');
      await once(npm, 'exit');
    }
  }
};

/** Seconds in which a folder is cloned; what Git does not know of is copied, without what was made in it. */
const timeClone = (from: string, clone: string): number => {
  const began = performance.now();
  if (existsSync(path.join(from, '.git'))) execFileSync('git', ['clone', '--quiet', from, clone]);
  else cpSync(from, clone, { recursive: true, filter: (file) => !MADE.has(path.relative(from, file)) });
  return (performance.now() - began) / 1_000;
};

/**
 * From an empty folder to a service that answers: a clone with an empty package cache, then starts of that clone. With
 * `BENCH_TREE`, of that folder. With `BENCH_PACKAGE_CACHE`, by that package cache: how fast a registry is says nothing of
 * a revision.
 */
export const start: Suite = async (say, { own }) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-clone-'));
  const clone = path.join(directory, 'clone');
  const { BENCH_TREE: tree = ROOT, BENCH_PACKAGE_CACHE: cache = path.join(directory, 'cache') } = process.env;
  const times = own ? 1 : WARM_STARTS;
  try {
    const cloning = timeClone(tree, clone);
    const first = await timeStart(clone, cache);
    say('clone and first start');
    const warm: Started[] = [];
    for (let i = 0; i < times; i++) warm.push(await timeStart(clone, cache));
    say(`${times} warm starts, each until an event was heard`);
    const of = (figure: keyof Started) => median(warm.map((started) => started[figure]));
    const measures: Measure[] = [
      { name: 'local.clone-to-ready', value: cloning + first.ready, unit: 's', target: 180, better: 'lower' },
      { name: 'local.warm-start', value: of('ready'), unit: 's', target: 20, better: 'lower' },
      { name: 'local.start-to-first-event', value: of('heard'), unit: 's', better: 'lower' },
    ];
    return measures;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
