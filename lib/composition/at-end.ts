import { onLambda } from '../config/variables.ts';
import { config } from '../config.ts';

/** Milliseconds the goodbyes may take: Lambda gives an environment that was told to end 500 at the least. */
const PATIENCE = 400;

const goodbyes: (() => Promise<unknown>)[] = [];

const say = async (): Promise<void> => {
  const { promise: overdue, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, PATIENCE);
  await Promise.race([Promise.allSettled(goodbyes.map((goodbye) => goodbye())), overdue]);
  process.exit(0);
};

/**
 * Has a connection closed in order when Lambda ends this environment (SIGTERM, which Lambda sends where an extension is
 * registered). On a laptop functions share a process that outlives the signal until it has drained; there nothing is done.
 *
 * @param goodbye - what it throws is of no interest any more.
 */
export const atEnd = (goodbye: () => Promise<unknown>): void => {
  if (!config(onLambda)) return;
  if (goodbyes.length === 0) process.once('SIGTERM', () => void say());
  goodbyes.push(goodbye);
};
