import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryBacklog } from '../../../lib/memory/backlog.ts';
import { MemoryExchange } from '../../../lib/memory/exchange.ts';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import { DependencyAway, TooLarge } from '../../../lib/ports/dependency.ts';
import type { StoredEvent } from '../../../lib/ports/history.ts';
import { type AnnounceRun, announce } from '../../../lib/sync/announce/announce.ts';
import { Hearing } from '../../hearing.ts';
import { event } from './world.ts';

const SHARDS = ['events.0', 'events.1'];

/** A service with its histories, and back-ends that hear. */
const underTest = (maxEvents = 1_000) => {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const meter = new MemoryMeter();
  const announced = { enabled: true, private: true };
  const history = new MemoryHistory(
    store,
    { enabled: true, retention: 86_400_000, maxEvents, announced },
    meter,
    clock,
  );
  const backlog = new MemoryBacklog(store, clock);
  const exchange = new MemoryExchange();
  const failures: unknown[] = [];
  const world: AnnounceRun = {
    ...{ backlog, history, announcer: exchange, clock, meter },
    onFailure: (error: unknown) => void failures.push(error),
  };
  let count = 0;
  const append = async (channel: string, events = 1, users?: readonly string[]): Promise<void> => {
    const broadcasts = Array.from({ length: events }, () =>
      event(channel, `${++count}`, users === undefined ? {} : { targetUsers: users }),
    );
    await history.append(broadcasts);
    const names = users === undefined ? [{ channel }] : users.map((user) => ({ channel, user }));
    await backlog.note(SHARDS[channel.length % 2] as string, names);
  };
  /** Runs the function for so long. */
  const run = (duration: number, changes: Partial<AnnounceRun> = {}) =>
    announce({ ...world, ...changes }, clock.elapsed() + duration);
  const during = <T>(work: () => Promise<T>): Promise<T> => clock.run(work());
  return { clock, during, meter, history, backlog, exchange, world, failures, append, run };
};

const offsets = (messages: readonly { readonly event?: StoredEvent; readonly gap?: unknown }[]) =>
  messages.map(({ event: told, gap }) => told?.offset ?? gap);

describe('announcing', () => {
  it('[W-4] tells of every event, in the order of its channel, and of what is appended meanwhile', async () => {
    const { clock, during, meter, exchange, append, run, backlog } = underTest();
    const all = exchange.bind('#');
    const paid = exchange.bind('order.*.paid');
    await append('order:1:paid', 450);
    await append('order:2');
    await during(async () => {
      const running = run(4_000);
      await clock.sleep(1_000);
      await append('order:1:paid', 3);
      await running;
    });
    expect(offsets(paid.messages)).toEqual(Array.from({ length: 453 }, (_, i) => i + 1));
    expect(all.messages).toHaveLength(454);
    expect(await backlog.age()).toBe(0);
    expect(meter.numbers.get('appended_published')).toBe(454);
    expect(meter.numbers.get('appended_lag')).toBe(0);
  });

  it('ends with what it did not expect of putting something off', async () => {
    const { during, append, run, backlog } = underTest();
    await append('a');
    const announcer: AnnounceRun['announcer'] = {
      event: () => Promise.reject(new DependencyAway('rabbitmq', new Error('away'))),
      gap: () => Promise.resolve(),
    };
    backlog.postpone = () => Promise.reject(new Error('strange'));
    const ended = during(() => run(1_000, { announcer }).catch(({ message }: Error) => message));
    expect(await ended).toBe('strange');
  });

  it('[W-3] tells of private events for each user apart', async () => {
    const { during, exchange, append, run } = underTest();
    const [open, privately] = [exchange.bind('#'), exchange.bind('#', true)];
    await append('p', 2, ['alice', 'bob']);
    await during(() => run(1_000));
    expect(open.messages).toEqual([]);
    const ofUser = (user: string) => offsets(privately.messages.filter((each) => each.user === user));
    expect([ofUser('alice'), ofUser('bob')]).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('[W-5] declares what was cut before it was told', async () => {
    const { during, exchange, meter, append, run } = underTest(5);
    const queue = exchange.bind('#');
    await append('a', 2);
    await during(() => run(1_000));
    for (let times = 0; times < 10; times++) await append('a', 2);
    await during(() => run(1_000));
    const [, , gap, ...rest] = offsets(queue.messages);
    expect(gap).toMatchObject({ from: 3, to: 17 });
    expect(rest).toEqual([18, 19, 20, 21, 22]);
    expect(meter.numbers.get('appended_lost')).toBe(15);
  });

  it('[W-5] declares what the broker takes no more for its size, and what is gone while it is read', async () => {
    const { during, exchange, world, history, append, run } = underTest();
    const queue = exchange.bind('#');
    await append('a', 4);
    const announcer = {
      gap: exchange.gap.bind(exchange),
      event: async (...[name, told]: Parameters<typeof exchange.event>) => {
        if (told.offset === 2) throw new TooLarge(10);
        await exchange.event(name, told);
      },
    };
    const reading = {
      read: async (...[requests, filter]: Parameters<typeof history.read>) => {
        const pages = await history.read(requests, filter);
        return pages.map((page) => ({ ...page, events: page.events.filter(({ offset }) => offset !== 4) }));
      },
    };
    await during(() => run(1_000, { ...world, announcer, history: reading }));
    const gone = (offset: number) => expect.objectContaining({ from: offset, to: offset });
    expect(offsets(queue.messages)).toEqual([1, gone(2), 3, gone(4)]);
  });

  it('[W-4] reads alone what is too large to be read beside others, and declares it where it is gone meanwhile', async () => {
    const { during, exchange, world, history, append, run } = underTest();
    const queue = exchange.bind('#');
    await append('a', 4);
    const asked: unknown[] = [];
    const reading = {
      read: async (...[requests, filter]: Parameters<typeof history.read>) => {
        const isAlone = requests[0]?.bytes !== undefined;
        if (isAlone) asked.push(...requests);
        const pages = await history.read(requests, filter);
        const replaced = (each: StoredEvent): readonly StoredEvent[] => {
          if (!isAlone) return [{ ...each, data: '', apart: 100 + each.offset }];
          if (each.offset === 2) return [{ ...each, epoch: 'of another history' }];
          if (each.offset === 3) return [{ ...each, offset: 4 }];
          return each.offset === 4 ? [] : [each];
        };
        return pages.map((page) => ({ ...page, events: page.events.flatMap(replaced) }));
      },
    };
    await during(() => run(1_000, { ...world, history: reading }));
    const gone = (offset: number) => expect.objectContaining({ from: offset, to: offset });
    expect(offsets(queue.messages)).toEqual([1, gone(2), gone(3), gone(4)]);
    expect(queue.messages[0]).toMatchObject({ event: { data: expect.stringMatching(/./) } });
    expect(asked).toEqual(
      [1, 2, 3, 4].map((offset) => ({
        ...{ name: { channel: 'a' }, most: 1, bytes: 100 + offset },
        from: { after: { epoch: expect.any(String), offset: offset - 1 } },
      })),
    );
  });

  it('[W-6] a queue that refuses holds up its own channels alone, and has all of them in order at last', async () => {
    const { clock, during, exchange, meter, append, run, failures } = underTest();
    const small = exchange.bind('slow.#', false, 3);
    const other = exchange.bind('#');
    for (let n = 0; n < 300; n++) await append(`slow:${n}`);
    await append('quick', 20);
    await append('slow:0', 10);
    await during(async () => {
      const running = run(60_000);
      await clock.sleep(20_000);
      expect(offsets(other.messages.filter(({ channel }) => channel === 'quick'))).toHaveLength(20);
      expect(small.messages).toHaveLength(3);
      expect(meter.numbers.get('appended_lag')).toBeGreaterThanOrEqual(15_000);
      small.capacity = Number.POSITIVE_INFINITY;
      await running;
    });
    const hearing = new Hearing();
    for (const message of small.messages) hearing.hear(message);
    expect(hearing.problems).toEqual([]);
    expect(offsets(small.messages.filter(({ channel }) => channel === 'slow:0'))).toEqual(
      Array.from({ length: 11 }, (_, i) => i + 1),
    );
    expect(hearing.ids.size).toBe(300);
    expect(failures).toEqual([]);
  });

  it('[W-7] a worker that was frozen tells of nothing beside its successor, and moves no cursor', async () => {
    const { clock, during, exchange, world, append, run, backlog } = underTest();
    const queue = exchange.bind('#');
    await append('a', 10);
    const frozen = Promise.withResolvers<void>();
    const told: number[] = [];
    const announcer = {
      gap: exchange.gap.bind(exchange),
      event: async (...[name, each]: Parameters<typeof exchange.event>) => {
        told.push(each.offset);
        await exchange.event(name, each);
        if (each.offset === 3) await frozen.promise;
      },
    };
    await during(async () => {
      const first = run(60_000, { ...world, announcer });
      await clock.sleep(5_000);
      expect(told).toEqual([1, 2, 3]);
      const second = run(10_000);
      await clock.sleep(5_000);
      frozen.resolve();
      await Promise.all([first, second]);
    });
    // It found out that it has a successor before it told of anything more.
    expect(told).toEqual([1, 2, 3]);
    expect(offsets(queue.messages)).toEqual([1, 2, 3, ...Array.from({ length: 10 }, (_, i) => i + 1)]);
    const watch = await backlog.claim(1);
    expect(await backlog.takeUp(watch, { channel: 'a' })).toMatchObject({ offset: 10 });
  });

  it('[W-7] a worker that waited for the broker to refuse an event for its size declares nothing beside its successor', async () => {
    const { clock, during, exchange, world, append, run } = underTest();
    await append('a', 2);
    const declared: unknown[] = [];
    const announcer = {
      gap: async (...[, gap]: Parameters<typeof exchange.gap>) => void declared.push(gap),
      event: async () => {
        await clock.sleep(3_000);
        throw new TooLarge(10);
      },
    };
    await during(async () => {
      const first = run(60_000, { ...world, announcer });
      await clock.sleep(1_000);
      await Promise.all([first, run(10_000)]);
    });
    expect(declared).toEqual([]);
  });

  it('ends at its deadline, and goes on where the next run begins', async () => {
    const { clock, during, exchange, world, append, run } = underTest();
    const queue = exchange.bind('#');
    await append('a', 100);
    const announcer = {
      gap: exchange.gap.bind(exchange),
      event: async (...[name, each]: Parameters<typeof exchange.event>) => {
        await clock.sleep(100);
        await exchange.event(name, each);
      },
    };
    await during(() => run(3_000, { ...world, announcer }));
    expect(queue.messages.length).toBeGreaterThan(20);
    expect(queue.messages.length).toBeLessThan(40);
    await during(() => run(3_000));
    expect(offsets(queue.messages)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it('goes on after a failure that nobody expects, which somebody is told of', async () => {
    const { during, exchange, world, append, run, failures } = underTest();
    const queue = exchange.bind('#');
    await append('a', 2);
    let failed = 0;
    const announcer = {
      gap: exchange.gap.bind(exchange),
      event: async (...[name, each]: Parameters<typeof exchange.event>) => {
        if (failed++ < 2) throw new TypeError('broken');
        await exchange.event(name, each);
      },
    };
    await during(() => run(3_000, { ...world, announcer }));
    expect(failures).toEqual([new TypeError('broken'), new TypeError('broken')]);
    expect(offsets(queue.messages)).toEqual([1, 2]);
  });

  it('[W-4] leaves no offset out, whatever fails between two steps, is killed, or overlaps', async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ append: fc.constantFrom('a', 'bb', 'ccc'), events: fc.integer({ min: 1, max: 5 }) }),
        // A run that ends, as if it were killed, at some call to a port; before the call, or behind it.
        fc.record({
          run: fc.integer({ min: 1, max: 4_000 }),
          endsAt: fc.oneof(fc.nat({ max: 120 }), fc.nat({ max: 2_000 })),
          isBehind: fc.boolean(),
        }),
        fc.record({ pause: fc.nat({ max: 150 }) }),
        fc.record({ room: fc.constantFrom(0, 2, 1_000) }),
      ),
      { minLength: 1, maxLength: 15 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (doing) => {
        const { clock, during, exchange, backlog, history, append, run } = underTest(4);
        const queues = [exchange.bind('#'), exchange.bind('a'), exchange.bind('bb')];
        /** Ports of a process that ends: from then on nothing it calls happens. */
        const ending = (endsAt: number, isBehind: boolean): Partial<AnnounceRun> => {
          let calls = 0;
          const through = <T extends object>(port: T): T =>
            new Proxy(port, {
              get: (_, name) => {
                const method: unknown = Reflect.get(port, name);
                if (typeof method !== 'function') return method;
                return async (...values: unknown[]) => {
                  const call = calls++;
                  const gone = new DependencyAway('redis', new Error('killed'));
                  // Others do something between any two calls, and between a call and its answer.
                  await clock.sleep(7);
                  if (call > endsAt || (call === endsAt && !isBehind)) throw gone;
                  const result: unknown = await method.apply(port, values);
                  await clock.sleep(7);
                  if (call === endsAt) throw gone;
                  return result;
                };
              },
            });
          return { backlog: through(backlog), history: through(history), announcer: through(exchange) };
        };
        await during(async () => {
          const runs: Promise<void>[] = [];
          for (const step of doing) {
            if ('append' in step) await append(step.append, step.events);
            else if ('pause' in step) await clock.sleep(step.pause);
            else if ('room' in step) for (const queue of queues) queue.capacity = queue.messages.length + step.room;
            else {
              runs.push(run(step.run, ending(step.endsAt, step.isBehind)).catch(() => undefined));
            }
          }
          for (const queue of queues) queue.capacity = Number.POSITIVE_INFINITY;
          await Promise.all(runs);
          await run(20_000);
        });
        for (const queue of queues) {
          const hearing = new Hearing();
          for (const message of queue.messages) hearing.hear(message);
          expect(hearing.problems).toEqual([]);
        }
        // And nothing is owed: what was appended last was heard.
        for (const channel of ['a', 'bb', 'ccc']) {
          const { positions } = await history.positions([channel]);
          const last = queues[0]?.messages.findLast((each) => each.channel === channel);
          const heard = last === undefined ? 0 : 'event' in last ? last.event.offset : last.gap.to;
          expect(heard).toBe(positions[channel]?.offset);
        }
        expect(await backlog.age()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
