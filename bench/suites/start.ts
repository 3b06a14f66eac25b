import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../localstack/ports.ts';
import { ROOT } from '../backends.ts';
import { median, type Suite } from '../measure.ts';

const WARM_STARTS = 3;
const PATIENCE = 600_000;

const untilReady = async (npm: ChildProcess): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  npm.stdout?.on('data', (data) => {
    output += String(data);
    if (output.includes('ws://')) resolve();
  });
  npm.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  const timer = setTimeout(() => reject(new Error(`npm start is not ready:\n${output}`)), PATIENCE);
  await promise.finally(() => clearTimeout(timer));
};

/** Seconds of one `npm start` until it lists what runs; stopped again. */
const timeStart = async (clone: string, cache: string): Promise<number> => {
  const [websocket, http, lambda] = await freePorts([0, 0, 0]);
  const began = performance.now();
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
    await untilReady(npm);
    return (performance.now() - began) / 1_000;
  } finally {
    if (npm.exitCode === null && npm.pid !== undefined) {
      process.kill(-npm.pid, 'SIGTERM');
      await once(npm, 'exit');
    }
  }
};

/** From an empty folder to a service that answers: a clone with an empty package cache, then starts of that clone. */
export const start: Suite = async (say) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-clone-'));
  const clone = path.join(directory, 'clone');
  const cache = path.join(directory, 'cache');
  try {
    const began = performance.now();
    execFileSync('git', ['clone', '--quiet', ROOT, clone]);
    const cloning = (performance.now() - began) / 1_000;
    const cold = cloning + (await timeStart(clone, cache));
    say('clone and first start, with an empty package cache');
    const warm: number[] = [];
    for (let i = 0; i < WARM_STARTS; i++) warm.push(await timeStart(clone, cache));
    say(`${WARM_STARTS} warm starts`);
    return [
      { name: 'local.clone-to-ready', value: cold, unit: 's', target: 180, better: 'lower' },
      { name: 'local.warm-start', value: median(warm), unit: 's', target: 20, better: 'lower' },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
