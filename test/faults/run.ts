import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../localstack/strict/random.ts';
import { BackEnds } from './back-ends.ts';
import { check, EVERYTHING, type Seen, type Verdict } from './checker.ts';
import type { Fault, Stack } from './fault.ts';
import { Load } from './load.ts';

/** What one run came to. */
export interface Outcome {
  readonly seed: number;
  readonly verdict: Verdict;
  /** Milliseconds from the end of the fault to the first event that was broadcast after it and heard; by every back-end, where there are some. */
  readonly recovery: number;
}

/** Milliseconds of load after the fault, at least, and until something published in them is heard, at most. */
const AFTERWARDS = 800;
const RECOVERING = 60_000;

/** @param listeners - who are to have heard something; anybody, where they are not named. */
const recoveryOf = (seen: readonly Seen[], mended: number, listeners: readonly string[] | undefined): number => {
  const after = new Set(seen.flatMap((each) => (each.type === 'sent' && each.at >= mended ? [each.id] : [])));
  const firstOf = (listener?: string): number => {
    const first = seen.find(
      (each) => each.type === 'heard' && after.has(each.id) && (listener === undefined || each.listener === listener),
    );
    return first?.type === 'heard' ? first.at - mended : Number.POSITIVE_INFINITY;
  };
  return listeners === undefined ? firstOf() : Math.max(...listeners.map(firstOf));
};

/** Keeps up the load until the service works again, which takes as long as it takes. */
const recover = async (recovery: () => number, mended: number): Promise<void> => {
  await pause(AFTERWARDS);
  while (recovery() === Number.POSITIVE_INFINITY && Date.now() - mended < RECOVERING) await pause(50);
};

/**
 * Puts a service under load, breaks something, mends it, waits until all is heard, and judges what was seen.
 *
 * @param seed - decides everything that is left to chance, but for how the machine shares its time.
 */
export const runOnce = async (stack: Stack, fault: Fault, seed: number): Promise<Outcome> => {
  const random = seededRandom(seed);
  // A run that is repeated is another run to the service.
  const run = `${seed.toString(36)}-${Date.now().toString(36)}`;
  const load = new Load({
    run,
    listenersUrl: `ws://127.0.0.1:${stack.listenersProxy.port}`,
    publishersUrl: stack.emulator.websocketUrl,
    seed,
  });
  let backEnds: BackEnds | undefined;
  try {
    if (stack.wayOut !== undefined) backEnds = await BackEnds.start(stack.wayOut, load, run);
    await load.start();
    await pause(300 + random() * 500);
    await fault.inject(stack, load, random, backEnds);
    const mended = Date.now();
    const recovery = (): number => recoveryOf(load.seen, mended, backEnds?.names);
    await recover(recovery, mended);
    await load.stop();
    const promises = { ...EVERYTHING, ...fault.promises };
    await load.settle(promises.historyMayLose || promises.historyMayMiss);
    await load.read();
    return { seed, verdict: check(load.seen, promises), recovery: recovery() };
  } finally {
    await backEnds?.stop();
    await load.close();
  }
};
