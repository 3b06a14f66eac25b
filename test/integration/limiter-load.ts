import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load } from './limiter-process.ts';

const PROCESSES = 3;

/** Runs the same load in several processes at once, and adds up what they let through, by sender. */
export const inProcesses = async (redisUrl: string, load: Omit<Load, 'redisUrl'>): Promise<Record<string, number>> => {
  const script = fileURLToPath(new URL('limiter-process.ts', import.meta.url));
  const argument = JSON.stringify({ ...load, redisUrl } satisfies Load);
  const outputs = await Promise.all(
    Array.from({ length: PROCESSES }, () => promisify(execFile)(process.execPath, [script, argument])),
  );
  const total: Record<string, number> = {};
  for (const { stdout } of outputs) {
    for (const [sender, passed] of Object.entries(JSON.parse(stdout) as Record<string, number>)) {
      total[sender] = (total[sender] ?? 0) + passed;
    }
  }
  return total;
};

/** What all senders were let through. */
export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/** Connections that send so many frames each, of a user each or all of one. */
export const sendersOf = (count: number, frames: number, user?: string): Load['senders'] =>
  Array.from({ length: count }, (_, i) => ({ connection: `c${i}`, user: user ?? `u${i}`, frames }));
