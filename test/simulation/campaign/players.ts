import { Worker } from 'node:worker_threads';
import type { Meant } from '../stage/fate.ts';
import type { Outcome } from './outcome.ts';

/** How each plan is played. */
export interface How {
  /** With fewer steps in less time. */
  readonly isBrief: boolean;
  /** What befalls a call in it whatever is drawn. */
  readonly meant: Meant | undefined;
}

/**
 * Plays plans in threads of their own, each of which plays one plan after another.
 *
 * @param first - the seed of the first plan; the others count up.
 * @param most - plans at most; it may be infinite.
 * @param threads - how many are played at a time.
 * @returns what each came to, in the order of their seeds. Whoever stops asking stops the threads.
 * @throws what a thread ended with.
 */
export async function* playInThreads(first: number, most: number, threads: number, how: How): AsyncGenerator<Outcome> {
  const outcomes = new Map<number, Outcome>();
  let came = Promise.withResolvers<void>();
  let next = first;
  const workers = Array.from({ length: Math.min(threads, most) }, () => {
    const worker = new Worker(new URL('./player.ts', import.meta.url), { workerData: how });
    const go = (): void => {
      if (next < first + most) worker.postMessage(next++);
    };
    worker.on('message', (outcome: Outcome) => {
      outcomes.set(outcome.seed, outcome);
      came.resolve();
      go();
    });
    worker.on('error', (error) => came.reject(error));
    go();
    return worker;
  });
  try {
    for (let seed = first; seed < first + most; seed++) {
      let outcome = outcomes.get(seed);
      while (outcome === undefined) {
        await came.promise;
        came = Promise.withResolvers();
        outcome = outcomes.get(seed);
      }
      outcomes.delete(seed);
      yield outcome;
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
