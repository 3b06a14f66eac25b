import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Stack } from '../faults/fault.ts';
import { type StackOptions, startStack } from '../faults/stack.ts';

/** What a soak runs on. */
export interface OwnStack extends StackOptions {
  /** Milliseconds between two looks at what the heaps of Node's processes hold; they are not looked at where absent. */
  readonly heapInterval?: number;
}

/**
 * Starts the service with servers of its own, runs something on it, and ends it, also where that fails or is interrupted.
 *
 * @param run - given the folder in which the processes leave what their heaps hold.
 */
export const onOwnStack = async <T>(
  { heapInterval, env, ...options }: OwnStack,
  run: (stack: Stack, heaps: string) => Promise<T>,
): Promise<T> => {
  const heaps = mkdtempSync(path.join(tmpdir(), 'realtime-sync-heaps-'));
  let stack: Stack | undefined;
  const stop = async (): Promise<void> => {
    await stack?.stop();
    rmSync(heaps, { recursive: true, force: true });
  };
  process.once('SIGINT', () => void stop().finally(() => process.exit(130)));
  try {
    const looking =
      heapInterval === undefined
        ? {}
        : {
            NODE_OPTIONS: `--import=${path.join(import.meta.dirname, 'report-heap.mjs')}`,
            SOAK_HEAPS: heaps,
            SOAK_INTERVAL: String(heapInterval),
          };
    stack = await startStack('single nodes', { ...options, env: { ...looking, ...env } });
    return await run(stack, heaps);
  } finally {
    await stop();
  }
};
