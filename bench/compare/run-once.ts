import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Child, describeExit } from '../../localstack/processes/child.ts';
import type { Backends } from '../measure.ts';
import type { Run } from '../page.ts';
import type { Tree } from './tree.ts';

const LINES_SHOWN = 20;
/** Milliseconds to end in order once asked; the servers of a run of its own take some. */
const GRACE = 30_000;

/**
 * Runs a suite once, in a fresh process on the tree’s own Node and packages.
 *
 * @param flag - how little of it.
 * @param backends - the servers it shall use; its own where none are given.
 * @param more - what it is told beside, in its environment.
 * @throws Error with its last lines, if it does not run to its end.
 */
export const runOnce = async (
  { directory }: Tree,
  suite: string,
  flag: '--own' | '--quick',
  backends: Backends | undefined,
  more: Readonly<Record<string, string>> = {},
): Promise<Run> => {
  const json = `${directory}.json`;
  rmSync(json, { force: true });
  const child = await Child.start({
    name: suite,
    command: path.join(directory, 'node_modules', '.bin', 'node'),
    args: ['bench/main.ts', suite, flag, '--json', json],
    environment: {
      ...process.env,
      ...more,
      ...(backends && { BENCH_REDIS_URL: backends.redisUrl, BENCH_RABBITMQ_URL: backends.rabbitmqUrl }),
    },
    directory,
    output: () => undefined,
  });
  try {
    const exit = await child.exited;
    if (exit.code !== 0) {
      const lines = child.lastLines(LINES_SHOWN).map((line) => `  ${line}`);
      throw new Error([`${suite} ${describeExit(exit)}. Its last lines:`, ...lines].join('\n'));
    }
    return JSON.parse(readFileSync(json, 'utf8')) as Run;
  } finally {
    await child.stop(GRACE);
    rmSync(json, { force: true });
  }
};
