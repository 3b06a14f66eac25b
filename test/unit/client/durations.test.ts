import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, type ConnectOptions, connect, systemClock } from '../../../client/src/index.ts';
import { Timers } from '../../../client/src/timers.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Moment, type Script, ScriptedService } from './scripted-service.ts';

const LONGEST = 2 ** 31 - 1;

/** A clock whose timers are those of JavaScript: what is too long for one fires at once. */
class JavaScriptClock extends ModelClock {
  waiting = 0;

  override after(duration: number, task: () => void): () => void {
    if (Number.isNaN(duration) || duration > LONGEST) return this.after(1, task);
    let isOver = false;
    const end = (): void => {
      if (!isOver) this.waiting--;
      isOver = true;
    };
    this.waiting++;
    const cancel = super.after(duration, () => {
      end();
      task();
    });
    return () => {
      end();
      cancel();
    };
  }
}

const setUp = (options: Partial<ConnectOptions> = {}, script: Script = {}) => {
  const clock = new JavaScriptClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const errors: unknown[] = [];
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, ...options });
  client.on('error', (error) => errors.push(error));
  return { clock, service, client, errors };
};

describe.each([Number.POSITIVE_INFINITY, 30 * 86_400_000, LONGEST, LONGEST + 1, Number.MAX_VALUE])(
  'a duration of %s ms is as long as that',
  (duration) => {
    it.each<keyof ConnectOptions>(['replaceAfter', 'requestTimeout', 'gapPatience', 'clockSkew'])(
      '%s',
      async (name) => {
        const { clock, service, client, errors } = setUp({ [name]: duration });
        client.subscribe('a', () => undefined);
        await clock.advance(100_000);
        expect([client.state, service.sockets.length, errors]).toEqual(['connected', 1, []]);
        await client.close();
      },
    );

    it('as a pause between attempts', async () => {
      const { clock, service, client } = setUp({ backoff: { first: duration, most: duration } });
      await clock.advance(1);
      service.sockets[0]?.shut(1006);
      await clock.advance(100_000);
      expect([client.state, service.sockets.length]).toEqual(['waiting', 1]);
      await client.close();
    });
  },
);

it('any duration is waited for, and no longer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 36 }), async (duration) => {
      const clock = new JavaScriptClock(new SeededRandom(1));
      const began = clock.now();
      let at: number | undefined;
      new Timers(clock).after(duration, () => {
        at = clock.now() - began;
      });
      await clock.advance(duration);
      expect(at).toBe(duration);
      expect(clock.waiting).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it.each<[string, unknown]>([
  ['requestTimeout', Number.NaN],
  ['replaceAfter', -1],
  ['maxOutbox', '5'],
  ['beatsPerCheck', null],
  ['backoff', { first: Number.NaN, most: 1 }],
])('what is no number is refused: %s', (name, value) => {
  expect(() => setUp({ [name]: value })).toThrow(TypeError);
});

it.each(['urll', 'httpurl', 'requestTimeOut'])('an option that there is not is refused: %s', (name) => {
  expect(() => setUp({ [name]: 1 })).toThrow(`No option ${name}: connect() has `);
});

it.each([undefined, null, { next: () => undefined }])('no handler is refused at once: %j', async (handler) => {
  const { client } = setUp();
  expect(() => client.subscribe('a', handler as never)).toThrow(new TypeError('No handler'));
  await client.close();
});

it('half of the pauses between attempts may be left to the library', async () => {
  const { clock, service, client } = setUp({ backoff: { first: 50 } as never });
  await clock.advance(1);
  service.sockets[0]?.shut(1006);
  await clock.advance(51);
  expect(service.sockets).toHaveLength(2);
  await client.close();
});

it.each([0, -1, 'soon', null, 1e300])(
  'a heartbeat every %s ms, as the service has it, drowns nobody in pings',
  async (wish) => {
    const { clock, service, client } = setUp({}, { limits: { heartbeatInterval: wish as number } });
    await clock.advance(10_000);
    expect(service.count('ping')).toBeLessThanOrEqual(100);
    await client.close();
  },
);

it('what the service refuses for a thousand years is tried again before', async () => {
  let refusals = 0;
  const broadcast = () =>
    refusals++ === 0
      ? { type: 'error', error: { code: 'OVERLOADED', message: 'no', retryAfter: 1e15 } }
      : { type: 'ack', id: 'x' };
  const { clock, client } = setUp({}, { instead: { broadcast } });
  const outcome = client.broadcast('a', 1).catch((error: Error) => error.name);
  const next = client.broadcast('a', 2);
  await clock.advance(700_000);
  expect(await outcome).toBe('OutcomeUnknownError');
  expect(await next).toEqual({ id: 'x' });
  await client.close();
});

describe('no timer is left once a client is closed', () => {
  const moments: readonly Moment[] = ['made', 'before open', 'open', 'before greeting', 'greeted'];
  it.each(moments)('%s', async (moment) => {
    let close = (): void => undefined;
    const script = { on: (at: Moment) => at === moment && close() };
    const { clock, client } = setUp({ token: () => 'token' }, script);
    close = () => void client.close();
    client.subscribe('a', () => undefined, { replay: {} });
    void client.broadcast('a', 1).catch(() => undefined);
    await clock.advance(90);
    if (moment === 'made') close();
    await clock.advance(1_000);
    expect([client.state, clock.waiting]).toEqual(['closed', 0]);
  });

  it('while it waits to try again, to ask again, or for a token', async () => {
    const refusal = { type: 'error', error: { code: 'OVERLOADED', message: 'no', retryAfter: 500_000 } };
    const busy = () => refusal;
    for (const { client, clock, service } of [
      setUp({}, { instead: { subscribe: busy, broadcast: busy } }),
      setUp({ token: () => new Promise<string>(() => undefined) }),
      setUp({ backoff: { first: 600_000, most: 600_000 } }),
    ]) {
      client.subscribe('a', () => undefined);
      void client.broadcast('a', 1).catch(() => undefined);
      await clock.advance(1_000);
      if (service.sent.flat().length === 0) service.sockets[0]?.shut(1006);
      await clock.advance(1_000);
      await Promise.all([client.close(), clock.advance(1)]);
      expect(clock.waiting).toBe(0);
    }
  });
});

it('the clock of the machine is what timers are set by', async () => {
  const timers = new Timers(systemClock as Clock);
  await new Promise<void>((resolve) => void timers.after(1, resolve));
  expect(timers.random()).toBeLessThan(1);
});
