import { expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { Unable } from '../../../lib/ports/health.ts';
import { type Check, examine, healthOf, UNKNOWN } from '../../../lib/sync/health.ts';

const about = 'Redis';
const works = (vital = true, reason?: string): Check => ({ about, vital, check: async () => reason });
const fails = (vital = true, error = new Error('connect ECONNREFUSED 10.0.0.7:6379')): Check => ({
  about,
  vital,
  check: () => Promise.reject(error),
});
const hangs: Check = { about, vital: true, check: () => new Promise(() => undefined) };
const STARTED = new ManualClock().now();

const look = async (checks: Record<string, Check>, clock = new ManualClock()) => {
  const failures: string[] = [];
  const findings = await examine(clock, checks, 2_000, (check, error) =>
    failures.push(`${check}: ${(error as Error).message}`),
  );
  return { ...healthOf(findings, STARTED + 60_000, 60_000), failures };
};

it('[O-6] is healthy where everything works, with the time and the milliseconds since the start', async () => {
  const clock = new ManualClock();
  clock.sleep = () => new Promise<void>(() => undefined);
  expect(await look({ redis: works(), memory: works(false) }, clock)).toEqual({
    status: 'healthy',
    timestamp: new Date(STARTED + 60_000).toISOString(),
    uptime: 60_000,
    checks: { redis: true, memory: true },
    reasons: {},
    failures: [],
  });
});

it('[O-6] is degraded by what is not vital and unhealthy by what is, each with its reason', async () => {
  const full = new Unable('95 % of the heap is used');
  expect(await look({ redis: works(), memory: fails(false, full) })).toMatchObject({
    status: 'degraded',
    checks: { redis: true, memory: false },
    reasons: { memory: '95 % of the heap is used' },
    failures: ['memory: 95 % of the heap is used'],
  });
  expect(await look({ redis: fails(), memory: fails(false) })).toMatchObject({ status: 'unhealthy' });
});

it('[O-6] is degraded by what works, and not as it should', async () => {
  expect(await look({ redis: works(true, 'Redis throws away what it holds'), memory: works() })).toMatchObject({
    status: 'degraded',
    checks: { redis: true, memory: true },
    reasons: { redis: 'Redis throws away what it holds' },
  });
});

it('[O-6] tells nobody an address', async () => {
  const { reasons, failures } = await look({ redis: fails() });
  expect(reasons).toEqual({ redis: 'Redis does not answer' });
  expect(failures).toEqual(['redis: connect ECONNREFUSED 10.0.0.7:6379']);
});

it('[O-7] does not wait for what hangs', async () => {
  expect(await look({ redis: hangs, rabbitmq: works() })).toMatchObject({
    status: 'unhealthy',
    checks: { redis: false, rabbitmq: true },
    reasons: { redis: 'Redis did not answer within 2000 ms' },
  });
});

it('[O-6] says of what cannot be told that it is unknown, which makes nothing worse', async () => {
  const untold: Check = { about: 'The broker', vital: true, check: async () => UNKNOWN };
  expect(await look({ redis: works(), bindings: untold })).toMatchObject({
    status: 'healthy',
    checks: { redis: true, bindings: 'unknown' },
    failures: [],
  });
});
