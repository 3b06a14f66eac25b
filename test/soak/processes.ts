import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import type { Stack } from '../faults/fault.ts';

/** What is measured of a running service, by name. Bytes, but for `keys` and `cursors`. */
export type Measured = Readonly<Record<string, number>>;

const MOST_OUTPUT = 16_777_216;

interface Process {
  readonly pid: number;
  readonly group: number;
  /** Bytes. */
  readonly resident: number;
}

const processes = async (): Promise<readonly Process[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,pgid=,rss='], { maxBuffer: MOST_OUTPUT });
  return stdout.split('\n').map((line) => {
    const [pid = 0, group = 0, kibibytes = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, group, resident: kibibytes * 1_024 };
  });
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const countKeys = async (client: Redis, pattern: string): Promise<number> => {
  let count = 0;
  for await (const keys of client.scanStream({ match: pattern, count: 1_000 }) as AsyncIterable<string[]>) {
    count += keys.length;
  }
  return count;
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
  const all = await processes();
  for (const [name, leader] of Object.entries(groups)) {
    const own = all.filter(({ group }) => group === leader);
    measured[`${name}, resident`] = sum(own.map(({ resident }) => resident));
    const files = own.map(({ pid }) => path.join(heaps, String(pid))).filter((file) => existsSync(file));
    if (files.length > 0) measured[`${name}, heap`] = sum(files.map((file) => Number(readFileSync(file, 'utf8'))));
  }
  const client = new Redis(redis.url);
  try {
    measured['redis, data'] = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
    const cursors = await countKeys(client, 'rts:cursor:*');
    measured['keys'] = (await client.dbsize()) - cursors;
    // Whoever reads page by page leaves one for ten minutes, the checker of a run foremost.
    measured['cursors'] = cursors;
  } finally {
    client.disconnect();
  }
  return measured;
};
