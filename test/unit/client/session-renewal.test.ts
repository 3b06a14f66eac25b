import { expect, it } from 'vitest';
import { RequestError } from '../../../client/src/errors.ts';
import type { ConnectionMessage } from '../../../client/src/messages.ts';
import type { Settings } from '../../../client/src/options.ts';
import type { Reconciler } from '../../../client/src/reconciler.ts';
import { startRenewal } from '../../../client/src/session-renewal.ts';
import { Timers } from '../../../client/src/timers.ts';

const SERVICE_AHEAD = 1_000_000;

/** Time that stands still until it is moved. */
const handClock = () => {
  const timers = new Set<{ at: number; task: () => void }>();
  let time = 5_000;
  return {
    now: () => time,
    random: () => 0,
    after: (duration: number, task: () => void) => {
      const timer = { at: time + duration, task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    get next(): number | undefined {
      const [first] = [...timers].sort((a, b) => a.at - b.at);
      return first && first.at - time;
    },
    async move(duration: number): Promise<void> {
      time += duration;
      for (const timer of [...timers]) {
        if (timer.at > time) continue;
        timers.delete(timer);
        timer.task();
      }
      await new Promise(setImmediate);
    },
  };
};

const started = async (expires: number | null, answer: (token: string) => Promise<unknown>) => {
  const clock = handClock();
  const asked: unknown[] = [];
  const lost: string[] = [];
  const errors: unknown[] = [];
  const connection = {
    isOpen: true,
    clock: new Timers(clock),
    request: (message: { token: string }, last: string) => {
      asked.push([message, last]);
      return answer(message.token);
    },
  };
  let made = 0;
  const settings = { requestTimeout: 30_000 } as unknown as Settings;
  const reconciler = { connection, lose: (texts: readonly string[]) => lost.push(...texts) } as unknown as Reconciler;
  const renew = startRenewal({ settings, onError: (error) => errors.push(error) }, reconciler, () => `token ${++made}`);
  renew({ timestamp: clock.now() + SERVICE_AHEAD, expires: expires && expires + SERVICE_AHEAD } as ConnectionMessage);
  const end = async (): Promise<void> => {
    connection.isOpen = false;
    connection.clock.close();
    await new Promise(setImmediate);
  };
  return { clock, asked, lost, errors, end };
};

const authenticated =
  (expires: number | null, ended: string[] = []) =>
  async () => ({
    type: 'authenticated',
    expires: expires && expires + SERVICE_AHEAD,
    ended,
  });

it('[G-6] [G-7] renews a session in time, by the clock of the service, and again before the next end', async () => {
  const { clock, asked, lost, errors } = await started(15_000, authenticated(105_000, ['user:42:*']));
  expect(clock.next).toBe(8_000);
  await clock.move(8_000);
  expect(asked).toEqual([[{ type: 'auth', token: 'token 1' }, 'authenticated']]);
  expect(lost).toEqual(['user:42:*']);
  expect(clock.next).toBeCloseTo(0.8 * (105_000 - 13_000));
  await clock.move(80_000);
  expect(asked).toHaveLength(2);
  expect(errors).toEqual([]);
});

it('[G-7] tries again in the time that is left where it fails, and leaves the end to the service', async () => {
  const { clock, asked, errors } = await started(15_000, () =>
    Promise.reject(new RequestError('session', 'INVALID_TOKEN', 'no')),
  );
  for (let tries = 0; clock.next !== undefined; tries++) {
    expect(tries).toBeLessThan(20);
    // Not at every moment of the last second.
    expect(clock.next).toBeGreaterThanOrEqual(1_000);
    await clock.move(clock.next);
  }
  expect(asked.length).toBeGreaterThan(2);
  expect(errors).toHaveLength(asked.length);
  expect(clock.now()).toBeLessThan(16_000);
});

it.each([
  ['does not end', null],
  ['is over', 4_000],
])('leaves a session alone that %s', async (_, expires) => {
  const { clock, asked } = await started(expires, authenticated(null));
  expect(clock.next).toBeUndefined();
  expect(asked).toEqual([]);
});

it('ends with its connection', async () => {
  const { clock, end } = await started(15_000, authenticated(null));
  await end();
  expect(clock.next).toBeUndefined();
});
