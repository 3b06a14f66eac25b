import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../lib/memory/manual-clock.ts';
import type { History } from '../../lib/ports/history.ts';
import type { RedisClient } from '../../lib/redis/client.ts';
import { Audience } from '../../lib/sync/audience.ts';
import { fanOut } from '../../lib/sync/fan-out.ts';
import { subscribe } from '../../lib/sync/subscribe.ts';
import { Turns } from '../../lib/sync/turns.ts';
import { PLAIN } from '../frames.ts';
import { WatchedBus } from '../unit/sync/watched-bus.ts';
import { WatchedGateway } from '../unit/sync/watched-gateway.ts';
import { arrived, connection, event } from '../unit/sync/world.ts';
import { adapters, redisUnderTest } from './redis.ts';

/**
 * Lets two actors take steps against Redis in a prescribed order. A step is all that an actor sends in one tick; the
 * next step begins only when it has been answered.
 */
class Turnstile {
  readonly #schedule: string[];
  readonly #waiting = new Map<string, { promise: Promise<void>; open: () => void }>();
  readonly #done = new Set<string>();
  #running = 0;
  taken = '';

  constructor(schedule: string) {
    this.#schedule = [...schedule];
  }

  /** A client of which every command waits for the actor’s turn. */
  through(actor: string, client: RedisClient): RedisClient {
    return new Proxy(client, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          await this.#turnOf(actor);
          this.#running++;
          try {
            return await member.apply(target, args);
          } finally {
            this.#running--;
            this.#advance();
          }
        };
      },
    });
  }

  async run(actor: string, steps: () => Promise<unknown>): Promise<void> {
    try {
      await steps();
    } finally {
      this.#done.add(actor);
      this.#advance();
    }
  }

  #turnOf(actor: string): Promise<void> {
    let turn = this.#waiting.get(actor);
    if (turn === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = { promise, open: resolve };
      this.#waiting.set(actor, turn);
      this.#advance();
    }
    return turn.promise;
  }

  #advance(): void {
    // Late enough for whoever was just answered to ask for its next turn.
    setImmediate(() => {
      if (this.#running > 0) return;
      while (this.#done.has(this.#schedule[0] ?? '')) this.#schedule.shift();
      const actor = this.#schedule[0] ?? [...this.#waiting.keys()][0];
      const turn = actor === undefined ? undefined : this.#waiting.get(actor);
      if (actor === undefined || turn === undefined) return;
      this.#schedule.shift();
      this.#waiting.delete(actor);
      this.taken += actor;
      turn.open();
    });
  }
}

/** Every order of `s` steps of S and `f` of F. */
const schedules = (s: number, f: number): string[] => {
  if (s === 0) return ['F'.repeat(f)];
  if (f === 0) return ['S'.repeat(s)];
  return [...schedules(s - 1, f).map((rest) => `S${rest}`), ...schedules(s, f - 1).map((rest) => `F${rest}`)];
};

/** Everything that is said, once it is. */
const drained = async <T>(said: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = [];
  for await (const each of said) all.push(each);
  return all;
};

describe.each([
  ['by name', { channels: ['x:y'], patterns: [] }],
  ['by shape', { channels: [], patterns: ['x:*'] }],
  ['by matching', { channels: [], patterns: ['/x:.+/', 'x:?'] }],
])('a subscription found %s', (_, wanted) => {
  it.each(schedules(4, 4))(
    '[S-1] [S-2] hears what is appended after its position, in the order %s',
    async (schedule) => {
      const { client, prefix } = redisUnderTest();
      const turnstile = new Turnstile(schedule);
      const subscriber = adapters(turnstile.through('S', client), prefix);
      const publisher = adapters(turnstile.through('F', client), prefix);
      const gateway = new WatchedGateway();
      const clock = new ManualClock();
      // What a pattern hears has no position in the answer, so it is noted where the answer’s positions are read.
      let position = Number.NaN;
      const history = new Proxy<History>(subscriber.history, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          if (name !== 'positions') return member.bind(target);
          return async (channels: readonly string[]) => {
            const read = await target.positions([...channels, 'x:y']);
            position = read.positions['x:y']?.offset ?? Number.NaN;
            return read;
          };
        },
      });

      await Promise.all([
        turnstile.run('S', () =>
          drained(
            subscribe(
              {
                subscriptions: subscriber.subscriptions,
                history,
                scratch: subscriber.scratch,
                meter: subscriber.meter,
                limits: { subscriptions: 10, patterns: 1_000 },
                replay: { enabled: true, retention: 60_000, batchSize: 10, maxEvents: 10 },
              },
              connection('a'),
              { type: 'subscribe', requestId: 1, options: undefined, ...wanted },
            ),
          ),
        ),
        turnstile.run('F', () =>
          fanOut(
            {
              ...publisher,
              turns: new Turns(publisher.postings, clock),
              audience: new Audience(publisher.subscriptions, 1_000, () => undefined),
              gateway,
              parking: new WatchedBus(),
              clock,
              encoder: PLAIN,
            },
            [{ broadcast: event('x:y', '1'), arrived: arrived(event('x:y', '1')) }],
            clock.elapsed() + 1_000,
          ),
        ),
      ]);

      const heard = (gateway.heard.get('a') ?? []).length;
      expect(heard).toBeLessThanOrEqual(1);
      // Every event after the position that was acknowledged is heard; one at or before it may be.
      expect([turnstile.taken, position, heard]).toEqual([
        turnstile.taken,
        expect.toBeOneOf([0, 1]),
        position === 0 ? 1 : heard,
      ]);
    },
  );
});
