/** A thread of `npm run test:simulation`: it is told the seed of a plan, and tells what the plan came to. */
import { parentPort } from 'node:worker_threads';
import { outcomeOf } from './outcome.ts';

// Errors that are expected are many, and nobody reads where they were made.
Error.stackTraceLimit = 0;

parentPort?.on('message', (seed: number) => void outcomeOf(seed).then((outcome) => parentPort?.postMessage(outcome)));
