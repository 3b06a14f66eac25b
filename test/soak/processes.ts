import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import type { Stack } from '../faults/stack.ts';

/** What is measured of a running service, by name. Bytes, but for `keys`. */
export type Measured = Readonly<Record<string, number>>;

const MOST_OUTPUT = 16_777_216;

/** Resident bytes of everything in a process group. */
const residentOf = async (group: number): Promise<number> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,rss='], { maxBuffer: MOST_OUTPUT });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([pgid]) => pgid === group)
    .reduce((sum, [, kibibytes = 0]) => sum + kibibytes * 1_024, 0);
};

/**
 * Measures every process of a service.
 *
 * @param heaps - the folder in which Node processes leave what their heap holds (`report-heap.mjs`).
 */
export const measure = async (stack: Stack, heaps: string): Promise<Measured> => {
  const { emulator, fanOut, redis, rabbitmq } = stack;
  const measured: Record<string, number> = {};
  const groups = { emulator: emulator.pid, 'fan-out': fanOut.pid, redis: redis.pid, rabbitmq: rabbitmq.pid };
  for (const [name, pid] of Object.entries(groups)) {
    if (pid === undefined) continue;
    measured[`${name}, resident`] = await residentOf(pid);
    const file = path.join(heaps, String(pid));
    if (existsSync(file)) measured[`${name}, heap`] = Number(readFileSync(file, 'utf8'));
  }
  const client = new Redis(redis.url);
  try {
    measured['redis, data'] = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    measured['keys'] = await client.dbsize();
  } finally {
    client.disconnect();
  }
  return measured;
};
