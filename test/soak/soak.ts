import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '../faults/fault.ts';
import { type Churned, churn } from './churn.ts';
import { type Course, courseOf, type Tolerance } from './flat.ts';
import { countKept, isFull } from './fullness.ts';
import { HISTORY_PAGE, Load, readHistory } from './load.ts';
import { onOwnStack } from './own-stack.ts';
import { type Measured, measure } from './processes.ts';
import type { Sum } from './windows.ts';

/** Milliseconds of one window. */
const WINDOW = 10_000;
/** Milliseconds in which everything of a window is to be heard after its end. */
const SETTLING = 60_000;
const SAMPLING = 10_000;
/** Milliseconds of each of the runs that find out what the service can take, the first of which is to warm up. */
const TRIALS = [5_000, 10_000, 10_000];
/** While histories are filled, one event of so many is private, so that those of users are full as soon as those of channels. */
const FILLING_PRIVATELY = 2;
/** Milliseconds between two looks at whether they are full, and in which they have to be. */
const LOOKING = 60_000;
const FILLING = 15 * 60_000;

const MIB = 1_048_576;

/** What counts as noise, by the end of what is measured. */
const TOLERANCES: readonly (readonly [end: string, tolerance: Tolerance])[] = [
  ['resident', { share: 0.1, amount: 16 * MIB }],
  ['heap', { share: 0.05, amount: 4 * MIB }],
  ['data', { share: 0.05, amount: 4 * MIB }],
  ['keys', { share: 0.02, amount: 20 }],
];

const toleranceOf = (name: string): Tolerance =>
  (TOLERANCES.find(([end]) => name.endsWith(end)) as (typeof TOLERANCES)[number])[1];

export interface SoakOptions {
  readonly minutes: number;
  /** Takes a line for people. */
  readonly say: (line: string) => void;
}

export interface Soaked {
  readonly minutes: number;
  /** Broadcasts a second that were acked and heard with nothing held back, and at which it then ran. */
  readonly capacity: number;
  readonly rate: number;
  readonly load: Sum & { readonly refused: number; readonly complaints: readonly string[] };
  readonly churn: Churned;
  readonly courses: Readonly<Record<string, Course>>;
  readonly samples: readonly (Measured & { readonly at: number })[];
  readonly isWell: boolean;
}

/** Waits until all of a window is heard, and judges it. */
const judge = async (url: string, load: Load, window: number): Promise<void> => {
  const end = Date.now() + SETTLING;
  while (!load.windows.isSettled(window) && Date.now() < end) await pause(50);
  load.windows.judge(window, await readHistory(url, load.windows, window));
};

/** Broadcasts a second that are acked and heard by all, with as many under way as the publishers may have. */
const measureCapacity = async (url: string, load: Load): Promise<number> => {
  let capacity = 0;
  for (const trial of TRIALS) {
    const began = Date.now();
    const before = load.windows.sum.acked;
    await load.publish(trial, { rate: Number.POSITIVE_INFINITY });
    const window = load.windows.latest;
    while (!load.windows.isSettled(window)) await pause(10);
    const took = (Date.now() - began) / 1_000;
    await judge(url, load, window);
    capacity = (load.windows.sum.acked - before) / took;
  }
  return Math.round(capacity);
};

/** Runs until histories hold as much as they keep, so that what Redis takes is not more for that reason. */
const fillHistories = async (stack: Stack, load: Load, rate: number): Promise<void> => {
  const url = stack.emulator.websocketUrl;
  const end = Date.now() + FILLING;
  let kept = await countKept(stack.redis.url);
  while (Date.now() < end) {
    for (const next = Date.now() + LOOKING; Date.now() < next; ) {
      await load.publish(WINDOW, { rate, privately: FILLING_PRIVATELY });
      await judge(url, load, load.windows.latest);
    }
    const before = kept;
    kept = await countKept(stack.redis.url);
    if (isFull(before, kept)) return;
  }
  throw new Error(`The histories are not full after ${FILLING / 60_000} minutes: ${JSON.stringify(kept)}`);
};

/** Runs at half of what the service can take for so long, with connections that come and go, and watches. */
const run = async (stack: Stack, heaps: string, { minutes, say }: SoakOptions): Promise<Soaked> => {
  const url = stack.emulator.websocketUrl;
  const { gateway } = stack.emulator;
  if (gateway === undefined) throw new Error('There is no gateway to break connections at');
  const load = new Load(url);
  const stopping = new AbortController();
  try {
    await load.start();
    const capacity = await measureCapacity(url, load);
    const rate = Math.round(capacity / 2);
    // How long who waited while as much was published as could be is not what is asked.
    load.windows.forgetOutage();
    say(`capacity: ${capacity} broadcasts a second; filling the histories at ${rate}`);
    await fillHistories(stack, load, rate);
    say(`the histories are full; running for ${minutes} minutes`);

    const began = Date.now();
    const samples: (Measured & { at: number })[] = [];
    const sampling = (async () => {
      while (!stopping.signal.aborted) {
        samples.push({ ...(await measure(stack, heaps)), at: Date.now() - began });
        await pause(SAMPLING, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    })();
    const churning = churn(url, gateway, load, stopping.signal);
    let judging = Promise.resolve();
    for (let n = 1; Date.now() - began < minutes * 60_000; n++) {
      await load.publish(WINDOW, { rate });
      const window = load.windows.latest;
      const earlier = judging;
      judging = earlier.then(() => judge(url, load, window));
      // One that cannot be judged ends the run, but not before its turn.
      judging.catch(() => undefined);
      await earlier;
      const { acked, violations } = load.windows.sum;
      const last = samples.at(-1);
      if (n % 6 === 0 && last !== undefined) say(`${acked} acked, ${violations.length} violations; ${describe(last)}`);
    }
    await judging;
    stopping.abort();
    const [churned] = await Promise.all([churning, sampling]);

    const { at: _, ...names } = samples.at(-1) as Measured & { at: number };
    const courses = Object.fromEntries(
      Object.keys(names)
        .filter((name) => name !== NOT_JUDGED)
        .map((name) => [
          name,
          courseOf(
            samples.flatMap((sample) => (name in sample ? [{ at: sample.at, value: sample[name] as number }] : [])),
            toleranceOf(name),
          ),
        ]),
    );
    const isWell = load.windows.sum.violations.length === 0 && Object.values(courses).every(({ isFlat }) => isFlat);
    const { sum } = load.windows;
    return {
      minutes,
      capacity,
      rate,
      load: { ...sum, refused: load.refused, complaints: load.complaints },
      churn: churned,
      courses,
      samples,
      isWell,
    };
  } finally {
    stopping.abort();
    await load.close();
  }
};

/** What is shown and not judged: it lasts ten minutes, so its number says how many were made in that time. */
const NOT_JUDGED = 'cursors';

/** A number for people: mebibytes, but for what is counted. */
const shown = (name: string, value: number): string =>
  name === 'keys' || name === NOT_JUDGED ? value.toFixed(0) : `${(value / MIB).toFixed(0)} MiB`;

const describe = ({ at: _, ...measured }: Measured & { readonly at: number }): string =>
  Object.entries(measured)
    .map(([name, value]) => `${name} ${shown(name, value)}`)
    .join('; ');

/** The result, for people. */
export const report = ({ minutes, capacity, rate, load, churn: churned, courses, isWell }: Soaked): string =>
  [
    `${minutes} minutes at ${rate} broadcasts a second, half of ${capacity}:`,
    `${load.acked} acked, ${load.heard} hearings, ${load.refused} refused, longest outage ${(load.longestOutage / 1_000).toFixed(1)} s (${load.slowest});`,
    `${churned.visits} connections came and died, ${churned.breaks} of listeners were broken.`,
    '',
    '| measured | second third | last third | trend | |',
    '| --- | ---: | ---: | ---: | --- |',
    ...Object.entries(courses).map(
      ([name, { middle, last, trend, isFlat }]) =>
        `| ${name} | ${shown(name, middle)} | ${shown(name, last)} | ${shown(name, trend)} | ${isFlat ? 'flat' : 'NOT FLAT'} |`,
    ),
    '',
    ...load.violations.map((what) => `VIOLATION ${what}`),
    isWell ? 'All well: memory and keys are flat, nothing was lost, doubled, leaked or out of order.' : 'NOT well.',
  ].join('\n');

/** Starts the service with servers of its own, soaks it, and ends it. */
export const soak = (options: SoakOptions): Promise<Soaked> =>
  onOwnStack(
    {
      strict: { lostDisconnects: 0.1 },
      heapInterval: SAMPLING,
      env: {
        WS_HEARTBEAT_INTERVAL: '5000',
        // What is kept by count is soon as many as it will be.
        EVENT_REPLAY_MAX_EVENTS: String(HISTORY_PAGE),
        EVENT_REPLAY_RETENTION_DAYS: '1',
      },
    },
    (stack, heaps) => run(stack, heaps, options),
  );
