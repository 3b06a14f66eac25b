/** A thread of `npm run test:simulation`: it is told the seed of a plan, and tells what the plan came to. */
import { parentPort, workerData } from 'node:worker_threads';
import { planFor } from '../plans/brief.ts';
import { outcomeOf } from './outcome.ts';
import type { How } from './players.ts';

// Errors that are expected are many, and nobody reads where they were made.
Error.stackTraceLimit = 0;

const { isBrief, meant }: How = workerData;

parentPort?.on(
  'message',
  (seed: number) => void outcomeOf(planFor(seed, isBrief, meant)).then((outcome) => parentPort?.postMessage(outcome)),
);
