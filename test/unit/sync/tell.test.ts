import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryServiceEvents } from '../../../lib/memory/service-events.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import { DependencyAway, Overloaded } from '../../../lib/ports/dependency.ts';
import type { EndReason, ServiceEventKind } from '../../../lib/ports/service-events.ts';
import { serviceChannel, type TellWorld, tell } from '../../../lib/sync/tell.ts';
import { connection } from './world.ts';

const TOLD: ReadonlySet<ServiceEventKind> = new Set(['connections', 'subscriptions', 'users', 'channels']);

/** Its function was killed. */
class Killed extends Error {}

/** A service that tells of itself, and the histories that it tells to. */
const underTest = (told = TOLD) => {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const meter = new MemoryMeter();
  const history = new MemoryHistory(store, { enabled: true, retention: 86_400_000, maxEvents: 10_000 }, meter, clock);
  const failures: unknown[] = [];
  const world: TellWorld = {
    serviceEvents: new MemoryServiceEvents(store),
    bus: { publish: async (broadcast) => void (await history.append([broadcast])) },
    clock,
    meter,
    onFailure: (error) => void failures.push(error),
  };
  /** What stands in the history of a kind. */
  const heard = async (kind: ServiceEventKind) => {
    const from = { since: 0 };
    const [page] = await history.read([{ name: { channel: serviceChannel(kind) }, from, most: 10_000 }], {});
    return (page?.events ?? []).map(({ category, data }) => ({ category, data: JSON.parse(data ?? 'null') }));
  };
  return {
    clock,
    world,
    meter,
    failures,
    heard,
    directory: new MemoryDirectory(store, meter, told),
    subscriptions: new MemorySubscriptions(store, undefined, told),
  };
};

/** The same, of which some step is the last: it is killed before it, or after it and before it is told so. */
const killedAt = (world: TellWorld, step: number, isAfter: boolean): TellWorld => {
  let left = step;
  const mortal = <T extends object>(object: T): T =>
    new Proxy(object, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
        return async (...args: unknown[]) => {
          if (left < 0) throw new Killed();
          left--;
          if (left >= 0) return method.apply(target, args);
          if (isAfter) await method.apply(target, args);
          throw new Killed();
        };
      },
    });
  return { ...world, serviceEvents: mortal(world.serviceEvents), bus: mortal(world.bus) };
};

/** The same, as an object of its own. */
const forwarding = (events: TellWorld['serviceEvents']): TellWorld['serviceEvents'] => ({
  untold: (most) => events.untold(most),
  facts: (subject, most) => events.facts(subject, most),
  told: (subject, fact) => events.told(subject, fact),
  overlook: (untold) => events.overlook(untold),
  exceeded: (user, level) => events.exceeded(user, level),
  parked: (name, data) => events.parked(name, data),
  age: () => events.age(),
});

/** Leaves out what was noted first. */
const laterOf =
  ({ serviceEvents }: TellWorld): TellWorld['serviceEvents']['untold'] =>
  async (most) =>
    (await serviceEvents.untold(most)).slice(1);

const CONNECTIONS = ['A', 'B', 'C'] as const;
const TEXTS = ['a', 'b', 'a:*', '$service:connections'] as const;
const REASONS: readonly EndReason[] = ['left', 'gone', 'stuck'];

type Step =
  | { readonly open: string }
  | { readonly close: string; readonly reason: EndReason }
  | { readonly subscribe: string; readonly text: string }
  | { readonly unsubscribe: string; readonly text: string }
  | { readonly killedAt: number; readonly isAfter: boolean };

const id = fc.constantFrom(...CONNECTIONS);
const text = fc.constantFrom(...TEXTS);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ open: id }),
  fc.record({ close: id, reason: fc.constantFrom(...REASONS) }),
  fc.record({ subscribe: id, text }),
  fc.record({ unsubscribe: id, text }),
  fc.record({ killedAt: fc.nat({ max: 12 }), isAfter: fc.boolean() }),
);

describe('what the service tells of itself', () => {
  it('[V-1] [V-2] is whole and in order, however often whoever tells it is killed between two steps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40 }), async (plan) => {
        const { clock, world, directory, subscriptions, heard } = underTest();
        const open = new Set<string>();
        const held = new Map<string, Set<string>>();
        const wanted: { category: string; data: object }[] = [];
        const note = (category: string, connection: string, rest: object = {}) =>
          wanted.push({ category, data: { connection, user: `user of ${connection}`, ...rest } });
        for (const step of plan) {
          if ('open' in step && !open.has(step.open)) {
            await directory.open(connection(step.open, `user of ${step.open}`));
            open.add(step.open);
            held.set(step.open, new Set());
            note('opened', step.open);
          } else if ('close' in step) {
            await directory.close(step.close, step.reason);
            if (open.delete(step.close)) note('closed', step.close, { reason: step.reason });
          } else if ('subscribe' in step && open.has(step.subscribe)) {
            const { subscribe, text } = step;
            const caller = connection(subscribe, `user of ${subscribe}`);
            await subscriptions.add(caller, [{ text, found: 'by-name' }], 10);
            const mine = held.get(subscribe) as Set<string>;
            if (!mine.has(text) && !text.startsWith('$')) note('subscribed', subscribe, { texts: [text] });
            mine.add(text);
          } else if ('unsubscribe' in step && open.has(step.unsubscribe)) {
            const { unsubscribe, text } = step;
            await subscriptions.remove(connection(unsubscribe), [text]);
            const wasHeld = held.get(unsubscribe)?.delete(text) === true;
            if (wasHeld && !text.startsWith('$')) note('unsubscribed', unsubscribe, { texts: [text] });
          } else if ('killedAt' in step) {
            const mortal = killedAt(world, step.killedAt, step.isAfter);
            await clock.run(tell(mortal, clock.elapsed() + 1_000).catch(() => undefined));
          }
        }
        await clock.run(tell(world, clock.elapsed() + 5_000));
        const told = [...(await heard('connections')), ...(await heard('subscriptions'))];
        for (const each of CONNECTIONS) {
          for (const kinds of [
            ['opened', 'closed'],
            ['subscribed', 'unsubscribed'],
          ]) {
            const of = (list: readonly { category: string; data: object }[]) =>
              list.filter(
                ({ category, data }) => kinds.includes(category) && 'connection' in data && data.connection === each,
              );
            expect(of(told)).toEqual(of(wanted));
          }
        }
        expect(told).toHaveLength(wanted.length);
      }),
      { numRuns: 300 },
    );
  });

  it('[V-5] is one end for each occupancy, however often whoever tells it is killed between two steps', async () => {
    const presence = fc.oneof(
      anyStep,
      fc.record({ wait: fc.constantFrom(1_000, 4_000, 9_000, 15_000) }),
      fc.record({ isTold: fc.constant(true) }),
    );
    let ends = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(presence, { minLength: 15, maxLength: 60 }), async (plan) => {
        const { clock, world, directory, subscriptions, heard } = underTest();
        const caller = (connectionId: string) => connection(connectionId, connectionId === 'C' ? 'one' : 'other');
        const open = new Set<string>();
        const came = new Set<string>();
        for (const step of plan) {
          if ('open' in step) {
            await directory.open(caller(step.open));
            open.add(step.open);
            came.add(caller(step.open).user);
          } else if ('close' in step) {
            await directory.close(step.close, step.reason);
            open.delete(step.close);
          } else if ('subscribe' in step && open.has(step.subscribe)) {
            await subscriptions.add(caller(step.subscribe), [{ text: step.text, found: 'by-name' }], 10);
            if (/^[ab]$/.test(step.text)) came.add(step.text);
          } else if ('unsubscribe' in step && open.has(step.unsubscribe)) {
            await subscriptions.remove(caller(step.unsubscribe), [step.text]);
          } else if ('wait' in step) {
            await clock.run(clock.sleep(step.wait));
          } else if ('killedAt' in step) {
            const mortal = killedAt(world, step.killedAt, step.isAfter);
            await clock.run(tell(mortal, clock.elapsed() + 1_000).catch(() => undefined));
          } else if ('isTold' in step) await clock.run(tell(world, clock.elapsed() + 1_000));
        }
        for (const each of open) await directory.close(each, 'gone');
        await clock.run(tell(world, clock.elapsed() + 30_000));
        const told = new Map<string, string[]>();
        for (const { category, data } of [...(await heard('users')), ...(await heard('channels'))]) {
          const name = String(data.user ?? data.channel);
          told.set(name, [...(told.get(name) ?? []), category]);
        }
        expect(new Set(told.keys())).toEqual(came);
        for (const [name, all] of told) {
          const [begin, end] = name.length > 1 ? ['online', 'offline'] : ['occupied', 'vacated'];
          expect(all).toEqual(all.map((_, i) => (i % 2 === 0 ? begin : end)));
          expect(all.at(-1)).toBe(end);
          ends += all.length / 2;
        }
      }),
      { numRuns: 200 },
    );
    expect(ends).toBeGreaterThan(100);
  });

  it('[V-2] comes once where two tell it at once, and in order', async () => {
    const { clock, world, directory, heard } = underTest();
    for (let i = 0; i < 20; i++) {
      await directory.open(connection(`${i}`));
      await directory.close(`${i}`, 'left');
    }
    const until = clock.elapsed() + 2_000;
    await clock.run(Promise.all([tell(world, until), tell(world, until)]));
    const told = await heard('connections');
    expect(told).toHaveLength(40);
    for (let i = 0; i < 20; i++) {
      const mine = told.filter(({ data }) => data.connection === `${i}`);
      expect(mine.map(({ category }) => category)).toEqual(['opened', 'closed']);
    }
  });

  it('[V-2] waits for a broker that is away, and tells it then', async () => {
    const { clock, world, directory, heard, failures } = underTest();
    await directory.open(connection('A'));
    const away: TellWorld = {
      ...world,
      bus: { publish: () => Promise.reject(new DependencyAway('rabbitmq', new Error('away'))) },
    };
    await clock.run(tell(away, clock.elapsed() + 3_000));
    expect([await heard('connections'), failures]).toEqual([[], []]);
    await clock.run(tell(world, clock.elapsed() + 1_000));
    expect(await heard('connections')).toHaveLength(1);
  });

  it('[V-2] asks queues that are full less and less often, and is told soon once they have room', async () => {
    const { clock, world, directory, heard } = underTest(new Set(['connections']));
    await directory.open(connection('A'));
    let [asked, isFull] = [0, true];
    const full: TellWorld = {
      ...world,
      bus: {
        publish: async (broadcast) => {
          asked++;
          if (isFull) throw new Overloaded(new Error('full'));
          await world.bus.publish(broadcast);
        },
      },
    };
    const telling = clock.run(tell(full, clock.elapsed() + 65_000));
    clock.after(60_000, () => {
      isFull = false;
    });
    let inTime: readonly unknown[] = [];
    clock.after(63_500, async () => {
      inTime = await heard('connections');
    });
    await telling;
    expect(inTime).toHaveLength(1);
    expect(asked).toBeLessThan(30);
  });

  it('[V-2] is told once, though nobody told it for long, and who did was killed before it took it away', async () => {
    const { clock, world, directory, heard } = underTest(new Set(['connections']));
    await directory.open(connection('A'));
    await clock.run(clock.sleep(600_000));
    const killed: TellWorld = {
      ...world,
      serviceEvents: {
        ...forwarding(world.serviceEvents),
        told: () => Promise.reject(new DependencyAway('redis', new Error('killed'))),
      },
    };
    await clock.run(tell(killed, clock.elapsed() + 100));
    await directory.open(connection('B'));
    // What was published more than five minutes later has the ids before it forgotten.
    const ofLater: TellWorld = {
      ...world,
      serviceEvents: { ...forwarding(world.serviceEvents), untold: laterOf(world) },
    };
    await clock.run(tell(ofLater, clock.elapsed() + 100));
    await clock.run(tell(world, clock.elapsed() + 1_000));
    expect((await heard('connections')).map(({ data }) => data.connection)).toEqual(['A', 'B']);
  });

  it('[V-7] is measured by how late it is told, and by what waits while it cannot be', async () => {
    const { clock, world, directory, meter } = underTest();
    const lag = () => meter.numbers.get('service_events_lag');
    await directory.open(connection('A'));
    const away: TellWorld = {
      ...world,
      bus: { publish: () => Promise.reject(new DependencyAway('rabbitmq', new Error('away'))) },
    };
    await clock.run(tell(away, clock.elapsed() + 20_000));
    expect(lag()).toBeGreaterThan(18_000);
    expect(await world.serviceEvents.age()).toBeGreaterThan(18_000);
    // A worker that measures before it looks says nothing of what another left; then how late it told it.
    await clock.run(tell(world, clock.elapsed() + 1_500));
    expect(lag()).toBeGreaterThan(18_000);
    await clock.run(tell(world, clock.elapsed() + 3_000));
    expect([lag(), await world.serviceEvents.age()]).toEqual([0, 0]);
  });

  it('[V-2] is told no more by a worker that was frozen since it read it', async () => {
    const { clock, world, directory, heard } = underTest(new Set(['connections']));
    await directory.open(connection('A'));
    await directory.close('A', 'left');
    const published: string[] = [];
    const frozen: TellWorld = {
      ...world,
      bus: {
        publish: async (broadcast) => {
          published.push(broadcast.category);
          await world.bus.publish(broadcast);
          if (published.length === 1) await clock.sleep(31_000);
        },
      },
    };
    const began = clock.elapsed();
    await clock.run(Promise.all([tell(frozen, began + 40_000), tell(world, began + 5_000)]));
    expect(published).toEqual(['opened']);
    expect(await heard('connections')).toHaveLength(2);
  });
});
