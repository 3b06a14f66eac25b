import { expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { type Check, examine } from '../../../lib/sync/health.ts';

const works = (vital = true): Check => ({ vital, check: async () => undefined });
const fails = (vital = true): Check => ({
  vital,
  check: async () => {
    throw new Error('broken');
  },
});
const hangs: Check = { vital: true, check: () => new Promise(() => undefined) };

const look = async (checks: Record<string, Check>) => {
  const clock = new ManualClock();
  const startedAt = clock.now();
  clock.time += 60_000;
  const failures: string[] = [];
  const health = await examine(clock, checks, 2_000, startedAt, (check, error) =>
    failures.push(`${check}: ${(error as Error).message}`),
  );
  return { ...health, failures };
};

it('[O-6] is healthy where everything works, with the time and the milliseconds since the start', async () => {
  const startedAt = new ManualClock().now();
  const clock = {
    now: () => startedAt + 60_000,
    elapsed: () => 60_000,
    sleep: () => new Promise<void>(() => undefined),
  };
  expect(await examine(clock, { redis: works(), memory: works(false) }, 2_000, startedAt, () => undefined)).toEqual({
    status: 'healthy',
    timestamp: new Date(startedAt + 60_000).toISOString(),
    uptime: 60_000,
    checks: { redis: true, memory: true },
  });
});

it('[O-6] is degraded by what is not vital and unhealthy by what is', async () => {
  expect(await look({ redis: works(), memory: fails(false) })).toMatchObject({
    status: 'degraded',
    checks: { redis: true, memory: false },
    failures: ['memory: broken'],
  });
  expect(await look({ redis: fails(), memory: fails(false) })).toMatchObject({ status: 'unhealthy' });
});

it('[O-7] does not wait for what hangs', async () => {
  expect(await look({ redis: hangs, rabbitmq: works() })).toMatchObject({
    status: 'unhealthy',
    checks: { redis: false, rabbitmq: true },
    failures: ['redis: no answer within 2000 ms'],
  });
});

it('[O-6] says of what cannot be told that it is unknown, which makes nothing worse', async () => {
  const untold: Check = { vital: true, check: async () => 'unknown' };
  expect(await look({ redis: works(), bindings: untold })).toMatchObject({
    status: 'healthy',
    checks: { redis: true, bindings: 'unknown' },
    failures: [],
  });
});
