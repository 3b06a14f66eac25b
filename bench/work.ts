import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process of its own that does part of a benchmark, so that its work is counted by itself. */
export interface Worker {
  readonly pid: number;
  /** Sends it a request and waits for its answer; one at a time. */
  ask<T>(request: unknown): Promise<T>;
  stop(): Promise<void>;
}

/**
 * Starts a file of `bench/workers` and waits for its first message.
 *
 * @returns the process and what it said.
 */
export const startWorker = async <T>(
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly worker: Worker; readonly said: T }> => {
  const child = fork(new URL(`workers/${name}.ts`, import.meta.url), {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const next = async (): Promise<T> => {
    const [message] = (await Promise.race([
      once(child, 'message'),
      ended.then(([code]) => Promise.reject(new Error(`The worker ${name} ended with ${code}`))),
    ])) as [{ error?: string } & T];
    if (message.error !== undefined) throw new Error(`The worker ${name} failed: ${message.error}`);
    return message;
  };
  const said = await next();
  return { worker: workerOf(child, ended, next), said };
};

const workerOf = (child: ChildProcess, ended: Promise<unknown>, next: () => Promise<unknown>): Worker => ({
  pid: child.pid as number,
  ask: async <T>(request: unknown): Promise<T> => {
    child.send(request as object);
    return (await next()) as T;
  },
  stop: async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill();
      await ended;
    }
  },
});

/** For a worker: answers requests, one at a time. */
export const answerRequests = <T>(answer: (request: T) => Promise<object>): void => {
  process.once('disconnect', () => process.exit());
  process.on('message', (request: T) => {
    answer(request).then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    );
  });
};
