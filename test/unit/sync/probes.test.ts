import { beforeEach, expect, it } from 'vitest';
import { MemoryHealthReports } from '../../../lib/memory/health-reports.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { HealthReport, HealthReports } from '../../../lib/ports/health.ts';
import { Probes } from '../../../lib/sync/probes.ts';

const SECOND = 1_000;

let clock: VirtualClock;
let store: MemoryStore;
let probed: number;
let works: boolean;
/** Milliseconds a probe takes. */
let takes: number;

beforeEach(() => {
  clock = new VirtualClock();
  store = new MemoryStore(clock);
  [probed, works, takes] = [0, true, 100];
});

const reportsOf = (): HealthReports => new MemoryHealthReports(store, 'http://gateway');

const found = (works: boolean): HealthReport => ({
  at: clock.now(),
  findings: { redis: { works, status: works ? 'healthy' : 'unhealthy' } },
  shards: {},
});

/** One process behind the gateway. */
const processOf = (reports: HealthReports = reportsOf()): Probes =>
  new Probes({
    reports,
    clock,
    probe: async (): Promise<HealthReport> => {
      probed++;
      const { at } = found(works);
      await clock.sleep(takes);
      return { ...found(works), at };
    },
  });

const ask = (probes: Probes) => clock.run(probes.latest());
const pass = (duration: number) => clock.run(clock.sleep(duration));

it('[O-6] probes once in ten seconds, however many ask and whichever process', async () => {
  const [one, other] = [processOf(), processOf()];
  await clock.run(Promise.all([one.latest(), other.latest(), one.latest()]));
  expect(probed).toBe(1);
  await pass(9 * SECOND);
  const before = await ask(other);
  expect(probed).toBe(1);
  await pass(2 * SECOND);
  expect((await ask(other)).at).toBeGreaterThan(before.at);
  expect(probed).toBe(2);
});

it.each([
  [true, 9_999, 0],
  [true, 10_000, 1],
  [false, 999, 0],
  [false, 1_000, 1],
])(
  '[O-6] [O-7] a report in which all works: %s, and which is %i ms old, is made anew: %i',
  async (isGood, age, made) => {
    await reportsOf().write(found(isGood));
    await clock.advance(age);
    await ask(processOf());
    expect(probed).toBe(made);
  },
);

it('[O-6] believes what it found itself, and has told others once it answers', async () => {
  const reports = reportsOf();
  let isTold = false;
  const probes = processOf({
    claim: (duration) => reports.claim(duration),
    read: () => reports.read(),
    write: async (report) => {
      await clock.sleep(500);
      await reports.write(report);
      isTold = true;
    },
  });
  const [report, wasTold] = await clock.run(probes.latest().then((found) => [found, isTold] as const));
  expect(wasTold).toBe(true);
  await pass(SECOND);
  expect(await ask(probes)).toEqual(report);
  expect(probed).toBe(1);
});

it('[O-6] finds out by itself where what another finds cannot be read any more', async () => {
  let reads = 0;
  const probes = processOf({
    claim: async () => false,
    read: async () => {
      if (reads++ > 0) throw new DependencyAway('redis', new Error('away'));
      return undefined;
    },
    write: async () => undefined,
  });
  expect((await ask(probes)).findings).toMatchObject({ redis: { works: true } });
  expect(probed).toBe(1);
});

it('[O-7] looks again soon where something fails, so that a recovery is seen', async () => {
  const probes = processOf();
  works = false;
  expect((await ask(probes)).findings).toMatchObject({ redis: { works: false } });
  works = true;
  await pass(1_100);
  expect((await ask(probes)).findings).toMatchObject({ redis: { works: true } });
});

it('[O-6] believes no report from before something happened', async () => {
  const probes = processOf();
  await ask(probes);
  works = false;
  await pass(SECOND);
  probes.doubt();
  expect((await ask(probes)).findings).toMatchObject({ redis: { works: false } });
});

it('[O-6] believes no report from before something happened, however long its answer was on its way', async () => {
  const reports = reportsOf();
  const slowly: HealthReports = {
    claim: (duration) => reports.claim(duration),
    write: (report) => reports.write(report),
    read: async () => {
      const read = await reports.read();
      await clock.sleep(SECOND - 100);
      return read;
    },
  };
  const probes = processOf(slowly);
  await reports.write(found(true));
  await clock.advance(10);
  probes.doubt();
  works = false;
  expect((await ask(probes)).findings).toMatchObject({ redis: { works: false } });
});

it('[O-6] believes no report in the making of which something happened', async () => {
  const probes = processOf();
  takes = SECOND;
  const asked = probes.latest();
  await clock.advance(SECOND / 2);
  probes.doubt();
  await clock.run(asked);
  works = false;
  expect((await ask(probes)).findings).toMatchObject({ redis: { works: false } });
});

it('[O-6] makes a bad report again after a second, and not for everyone who asks, whatever happens', async () => {
  const probes = processOf();
  await reportsOf().write(found(false));
  await clock.advance(10);
  probes.doubt();
  await ask(probes);
  expect(probed).toBe(0);
});

it('[O-7] finds out by itself where what is shared is away, or hangs', async () => {
  for (const step of [
    () => Promise.reject(new DependencyAway('redis', new Error('away'))),
    () => new Promise<never>(() => undefined),
  ]) {
    probed = 0;
    works = false;
    const probes = processOf({ read: step, claim: step, write: step });
    expect((await ask(probes)).findings).toMatchObject({ redis: { works: false } });
    // Though not for everyone who asks.
    await ask(probes);
    expect(probed).toBe(1);
    works = true;
    await pass(1_100);
    expect((await ask(probes)).findings).toMatchObject({ redis: { works: true } });
  }
});

it('[O-7] waits for no process that died in its turn', async () => {
  await reportsOf().claim(5 * SECOND);
  const began = clock.elapsed();
  expect((await ask(processOf())).findings).toMatchObject({ redis: { works: true } });
  expect(clock.elapsed() - began).toBeLessThan(10 * SECOND);
});

it('[O-7] gives an old report while another process makes the next', async () => {
  const [one, other] = [processOf(), processOf()];
  const first = await ask(one);
  await pass(12 * SECOND);
  takes = 2 * SECOND;
  const [next, old] = await clock.run(Promise.all([one.latest(), other.latest()]));
  expect(old).toEqual(first);
  expect(next.at).toBeGreaterThan(first.at);
});

it.each([
  [29_999, 'old'],
  [30_000, 'new'],
])('[O-7] gives a report that is %i ms old while another process makes the next: the %s one', async (age, which) => {
  const report = found(true);
  await reportsOf().write(report);
  await clock.advance(age);
  const made = { ...report, at: report.at + 1 };
  expect(await reportsOf().claim(60 * SECOND)).toBe(true);
  const asked = processOf().latest();
  await clock.advance(SECOND);
  await reportsOf().write(made);
  expect(await clock.run(asked)).toEqual(which === 'old' ? report : made);
});

it('has its report written for the others before it gives it', async () => {
  const reports = reportsOf();
  const write = reports.write.bind(reports);
  reports.write = async (report) => {
    await clock.sleep(SECOND / 2);
    await write(report);
  };
  const report = await ask(processOf(reports));
  expect(await reportsOf().read()).toMatchObject({ report });
});

it('[O-6] makes a good report once more of which something happened as it was begun', async () => {
  const probes = processOf();
  const asked = probes.latest();
  probes.doubt();
  await clock.run(asked);
  expect(probed).toBe(1);
  await ask(probes);
  expect(probed).toBe(2);
});
