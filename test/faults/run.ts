import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../localstack/strict/random.ts';
import { check, EVERYTHING, type Seen, type Verdict } from './checker.ts';
import type { Fault, Stack } from './fault.ts';
import { Load } from './load.ts';

/** What one run came to. */
export interface Outcome {
  readonly seed: number;
  readonly verdict: Verdict;
  /** Milliseconds from the end of the fault to the first event that was broadcast after it and heard. */
  readonly recovery: number;
}

/** Milliseconds of load after the fault, at least, and until something published in them is heard, at most. */
const AFTERWARDS = 800;
const RECOVERING = 60_000;

const recoveryOf = (seen: readonly Seen[], mended: number): number => {
  const after = new Set(seen.flatMap((each) => (each.type === 'sent' && each.at >= mended ? [each.id] : [])));
  const first = seen.find((each) => each.type === 'heard' && after.has(each.id));
  return first?.type === 'heard' ? first.at - mended : Number.POSITIVE_INFINITY;
};

/** Keeps up the load until the service works again, which takes as long as it takes. */
const recover = async (seen: readonly Seen[], mended: number): Promise<void> => {
  await pause(AFTERWARDS);
  while (recoveryOf(seen, mended) === Number.POSITIVE_INFINITY && Date.now() - mended < RECOVERING) await pause(50);
};

/**
 * Puts a service under load, breaks something, mends it, waits until all is heard, and judges what was seen.
 *
 * @param seed - decides everything that is left to chance, but for how the machine shares its time.
 */
export const runOnce = async (stack: Stack, fault: Fault, seed: number): Promise<Outcome> => {
  const random = seededRandom(seed);
  const load = new Load({
    // A run that is repeated is another run to the service.
    run: `${seed.toString(36)}-${Date.now().toString(36)}`,
    listenersUrl: `ws://127.0.0.1:${stack.listenersProxy.port}`,
    publishersUrl: stack.emulator.websocketUrl,
    seed,
  });
  try {
    await load.start();
    await pause(300 + random() * 500);
    await fault.inject(stack, load, random);
    const mended = Date.now();
    await recover(load.seen, mended);
    await load.stop();
    const promises = { ...EVERYTHING, ...fault.promises };
    await load.settle(promises.historyMayLose || promises.historyMayMiss);
    await load.read();
    const verdict = check(load.seen, promises);
    return { seed, verdict, recovery: recoveryOf(load.seen, mended) };
  } finally {
    await load.close();
  }
};
