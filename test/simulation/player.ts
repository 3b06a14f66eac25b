/** A thread of `npm run test:simulation`: it is told the seed of a plan, and tells what the plan came to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Meant } from './fate.ts';
import { outcomeOf } from './outcome.ts';
import { planOf } from './plan.ts';

// Errors that are expected are many, and nobody reads where they were made.
Error.stackTraceLimit = 0;

const meant: Meant | undefined = workerData;

parentPort?.on(
  'message',
  (seed: number) => void outcomeOf(planOf(seed, meant)).then((outcome) => parentPort?.postMessage(outcome)),
);
