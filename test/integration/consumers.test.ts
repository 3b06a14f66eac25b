import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Consumers } from '../../lib/ports/consumers.ts';
import { MAX_PULL_BYTES } from '../../lib/protocol/http/consumers.ts';
import { RedisBell } from '../../lib/redis/bell.ts';
import { RedisConsumers } from '../../lib/redis/consumers.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { acknowledge, putConsumer, showConsumer } from '../../lib/sync/consume/consumers.ts';
import { type Pulled, pull } from '../../lib/sync/consume/pull.ts';
import { ConsumerRefused } from '../../lib/sync/consume/refusal.ts';
import type { ConsumeWorld } from '../../lib/sync/consume/world.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { SeededRandom } from '../seeded-random.ts';
import { identity } from '../unit/sync/consuming.ts';
import { Ledger } from '../unit/sync/ledger.ts';
import { WatchedLimiter } from '../unit/sync/watched-limiter.ts';
import { event } from '../unit/sync/world.ts';
import { redisUnderTest } from './redis.ts';

const CHANNELS = ['a:1', 'a:2', 'b'];
const EVENTS = 240;

class Killed extends Error {}

/** A port whose caller is killed now and then, before its step or behind it. */
const deadly = (consumers: Consumers, chance: SeededRandom): Consumers =>
  new Proxy(consumers, {
    get: (_, name) => {
      const method: unknown = Reflect.get(consumers, name);
      if (typeof method !== 'function') return method;
      return async (...values: unknown[]) => {
        if (chance.once(12)) throw new Killed();
        const result: unknown = await method.apply(consumers, values);
        if (chance.once(12)) throw new Killed();
        return result;
      };
    },
  });

it.each([1, 2, 3])(
  '[Q-4] [Q-5] [Q-6] three workers leave nothing out, killed at any step while events are appended (seed %i)',
  async (seed) => {
    const { client, keys, history, meter } = redisUnderTest({ retention: 3_600_000 });
    const chance = new SeededRandom(seed);
    const bell = new RedisBell(client, keys);
    const consumers = new RedisConsumers(client, keys);
    const world: ConsumeWorld = {
      ...{ consumers: deadly(consumers, chance), history, bell, meter, clock: systemClock },
      ...{ limiter: new WatchedLimiter(), reads: new ReadsInTurn() },
    };
    const calm: ConsumeWorld = { ...world, consumers };
    const me = identity();
    await putConsumer(calm, me, 'c', { patterns: ['a:*', 'b'], since: 'earliest' });

    const ledger = new Ledger(CHANNELS);
    const appended = new Map<string, number>();
    let isOver = false;
    const publish = async (): Promise<void> => {
      for (let i = 0; i < EVENTS; i++) {
        const channel = chance.pick([...CHANNELS, 'other']);
        await history.append([event(channel, `${i}`)]);
        bell.ring([channel]);
        appended.set(channel, (appended.get(channel) ?? 0) + 1);
        if (chance.once(4)) await sleep(1);
      }
      isOver = true;
    };
    /** Of leases under which something was acknowledged, or may have been. */
    const fences: number[] = [];
    const take = async (pulled: Pulled & { readonly fence: number }): Promise<void> => {
      try {
        await acknowledge(world, me, 'c', pulled.fence);
      } catch (error) {
        if (!(error instanceof Killed)) {
          expect(error).toMatchObject({ code: 'LEASE_LOST' });
          return;
        }
        // Nobody knows whether it was done; who asks again is told.
        const done = await acknowledge(calm, me, 'c', pulled.fence).then(
          () => true,
          () => false,
        );
        if (!done) return;
      }
      // One after another: whoever acknowledged later had pulled behind what was acknowledged before.
      expect(pulled.fence).toBeGreaterThan(fences.at(-1) ?? 0);
      fences.push(pulled.fence);
      ledger.take(pulled);
    };
    const isDone = async (): Promise<boolean> => isOver && (await showConsumer(calm, me, 'c')).lag.events === 0;
    const work = async (): Promise<void> => {
      while (!(await isDone())) {
        try {
          const asked = { limit: 1 + chance.below(9), bytes: MAX_PULL_BYTES, wait: 20, lease: 20 };
          const { fence, ...rest } = await pull(world, me, 'c', asked);
          // Now and then it takes longer than its lease.
          if (chance.once(6)) await sleep(30);
          if (fence !== null) await take({ fence, ...rest });
        } catch (error) {
          // As if the time of whatever lease there is were over: it is longer than this test.
          if (error instanceof Killed) await client.hset(keys.consumer('backend', 'c'), 'until', 0);
          else if (!(error instanceof ConsumerRefused)) throw error;
          await sleep(5);
        }
      }
    };
    await Promise.all([publish(), work(), work(), work()]);
    ledger.complete(appended);
    expect(fences.length).toBeGreaterThan(5);
  },
  120_000,
);
