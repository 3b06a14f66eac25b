/** The function `appended` in a process of its own, called again and again as on a laptop. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ScheduledEvent } from 'aws-lambda';
import { handler } from '../../functions/appended.ts';
import { contextOf } from './context.ts';
import { WORKING } from './function-process.ts';

/** Milliseconds of a call: as in serverless.yml. */
const TIMEOUT = 80_000;

/** Milliseconds before it is called again where it failed. */
const PAUSE = 1_000;

console.log(WORKING);
for (;;) {
  try {
    await handler({} as ScheduledEvent, contextOf('appended', TIMEOUT));
  } catch (error) {
    console.error(error);
    await pause(PAUSE);
  }
}
