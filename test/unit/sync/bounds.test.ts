import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryPast } from '../../../lib/memory/past.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { Gateway, Patience } from '../../../lib/ports/gateway.ts';
import type { Exceeded } from '../../../lib/ports/rate-limiter.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { postAnswer } from '../../../lib/sync/answer.ts';
import { connect } from '../../../lib/sync/connect.ts';
import { EarnedWindow } from '../../../lib/sync/earned-window.ts';
import { endExpired } from '../../../lib/sync/end-sessions.ts';
import { fanOut } from '../../../lib/sync/fan-out.ts';
import { Lateness } from '../../../lib/sync/lateness.ts';
import { lookFor } from '../../../lib/sync/look-for.ts';
import { notePast } from '../../../lib/sync/note-past.ts';
import { judgeShards } from '../../../lib/sync/shard-progress.ts';
import { sweep } from '../../../lib/sync/sweep.ts';
import { tellingLimiter } from '../../../lib/sync/telling-limiter.ts';
import { welcome } from '../../../lib/sync/welcome.ts';
import { metricsJson } from '../../../lib/telemetry/metrics/json.ts';
import { readingsOf } from '../../../lib/telemetry/metrics/series.ts';
import { PLAIN } from '../../frames.ts';
import { WatchedLimiter } from './watched-limiter.ts';
import { connection, event } from './world.ts';
import { fanningWorld, incoming, receivingWorld } from './worlds.ts';

const SECOND = 1_000;

const many = <T>(count: number, make: (n: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** A gateway where everything takes a turn of the loop, that counts what is under way at once. */
class BusyGateway implements Gateway {
  most = 0;
  asked = 0;
  readonly patiences: Patience[] = [];
  #underWay = 0;

  async #take<T>(outcome: T): Promise<T> {
    this.asked++;
    this.most = Math.max(this.most, ++this.#underWay);
    await setImmediate();
    this.#underWay--;
    return outcome;
  }

  post(_: unknown, _frame: Uint8Array, patience: Patience): Promise<'taken'> {
    this.patiences.push({ ...patience });
    return this.#take('taken' as const);
  }

  find(): Promise<'open'> {
    return this.#take('open' as const);
  }

  close(): Promise<void> {
    return this.#take(undefined);
  }
}

const WELCOME = {
  encoder: PLAIN,
  limits: { messageSize: 1_000, heartbeatInterval: 1_000, subscriptions: 10 },
  replay: { enabled: true, maxEvents: 10 },
  compression: { enabled: false },
  rateLimits: { enabled: false, points: { connection: 1, user: 1, global: 1 }, backEnd: 1, duration: 1 },
};

/** A sweep of what is told here. */
const sweeping = (gateway: Gateway, due: number, unclosed: number) => {
  const clock = new ManualClock();
  const asked: Record<string, number> = {};
  const postponed: number[] = [];
  const directory = {
    due: async (_now: number, most: number) => {
      asked['due'] = most;
      return many(due, (n) => ({ id: `${n}`, endpoint: 'http://gateway', quiet: 600_000 }));
    },
    postpone: async (_: string, until: number) => void postponed.push(until - clock.now()),
    unclosed: async (most: number) => {
      asked['unclosed'] = most;
      return many(unclosed, (n) => ({ id: `${n}`, endpoint: 'http://gateway' }));
    },
    forgetUnclosed: async () => undefined,
  };
  const subscriptions = {
    finish: async () => undefined,
    pruneRegistry: async (most: number) => {
      asked['entries'] = most;
      return 0;
    },
  };
  const world = { gateway, clock, directory, subscriptions, endpoint: 'http://gateway', quiet: 600_000 };
  return { asked, postponed, clock, run: (deadline = Number.POSITIVE_INFINITY) => sweep(world as never, deadline) };
};

describe('no more is under way at the gateway at once', () => {
  const cases: readonly (readonly [string, number, (gateway: BusyGateway) => Promise<unknown>])[] = [
    [
      'than 64 posts to new connections',
      64,
      (gateway) =>
        welcome(
          { ...WELCOME, gateway, clock: new ManualClock() },
          many(200, (n) => ({ ...connection(`${n}`), expires: null })),
        ),
    ],
    ['than 16 questions of a sweep', 16, (gateway) => sweeping(gateway, 100, 0).run()],
    ['than 16 sockets that a sweep closes', 16, (gateway) => sweeping(gateway, 0, 100).run()],
    [
      'than 16 questions of who watches over the service',
      16,
      (gateway) =>
        lookFor(
          gateway,
          many(90, (n) => connection(`${n}`)),
        ),
    ],
    [
      'than 32 connections whose session has ended',
      32,
      async (gateway) => {
        const world = receivingWorld();
        const ended = { ...openSession(0), expires: world.clock.now() - 1 };
        for (const each of many(100, (n) => connection(`${n}`, 'alice', ended))) await world.directory.open(each);
        expect(await endExpired({ ...world, gateway })).toBe(100);
      },
    ],
    [
      'than 16 questions before a connection is refused',
      16,
      async (gateway) => {
        const { meter, clock } = receivingWorld();
        const directory = {
          open: async () => 'too-many' as const,
          close: async () => undefined,
          toLookFor: async () => many(100, (n) => connection(`${n}`)),
        };
        expect(await connect({ meter, clock, gateway, directory } as never, connection('A'), 1)).toBe('too-many');
      },
    ],
    [
      'than 128 posts of a fan-out',
      128,
      async (gateway) => {
        const world = fanningWorld();
        for (const each of many(300, (n) => connection(`${n}`))) {
          await world.directory.open(each);
          await world.subscriptions.add(each, [{ text: 'news', found: 'by-name' }], 10);
        }
        // Nobody counts as slow.
        const clock = { now: () => 0, elapsed: () => 0, sleep: () => new Promise<void>(() => undefined) };
        await fanOut({ ...world, clock, gateway }, incoming(event('news', '1')), 30_000);
        expect(gateway.asked).toBe(300);
      },
    ],
  ];

  it.each(cases)('%s', async (_, most, run) => {
    const gateway = new BusyGateway();
    await run(gateway);
    expect(gateway.most).toBe(most);
  });
});

describe('no more is done in one go', () => {
  it('by a sweep than 3,000 connections, 1,000 sockets and 1,000 entries', async () => {
    const { asked, run } = sweeping(new BusyGateway(), 0, 0);
    await run();
    expect(asked).toEqual({ due: 3_000, unclosed: 1_000, entries: 1_000 });
  });

  it('than 3,000 connections whose session has ended', async () => {
    const world = receivingWorld();
    const ended = { ...openSession(0), expires: world.clock.now() - 1 };
    for (const each of many(3_001, (n) => connection(`${n}`, 'alice', ended))) await world.directory.open(each);
    expect(await endExpired(world)).toBe(3_000);
    expect(await endExpired(world)).toBe(1);
  });

  it('than 100 questions of who watches over the service', async () => {
    const gateway = new BusyGateway();
    const found = await lookFor(
      gateway,
      many(101, (n) => connection(`${n}`)),
    );
    expect([found.size, gateway.asked]).toEqual([100, 100]);
  });

  it.each([
    [1_000, 4],
    [1_001, 3],
    [3_000, 2],
    [3_001, 1],
  ])('than what begins within three seconds before a connection is refused: of %i ms each, %i', async (took, asked) => {
    const clock = new ManualClock();
    let questions = 0;
    const gateway = {
      find: async () => {
        questions++;
        await clock.sleep(took);
        return 'open';
      },
    };
    const lookedFor = vi.fn(async () => many(50, (n) => connection(`${n}`)));
    const directory = { open: async () => 'too-many', close: async () => undefined, toLookFor: lookedFor };
    await connect({ meter: new MemoryMeter(), clock, gateway, directory } as never, connection('A'), 1);
    expect(questions).toBe(asked);
    expect(lookedFor).toHaveBeenCalledExactlyOnceWith('A', 30_000, 15_000);
  });

  it('by a sweep whose deadline has passed', async () => {
    const gateway = new BusyGateway();
    const { clock, run } = sweeping(gateway, 1, 1);
    await clock.sleep(SECOND);
    expect(await run(SECOND)).toMatchObject({ open: 1, closed: 1 });
    expect(await run(SECOND - 1)).toMatchObject({ open: 0, closed: 0 });
  });
});

describe('a connection is tried', () => {
  it('for five seconds over all frames of an answer', async () => {
    const gateway = new BusyGateway();
    const messages = many(3, (n) => ({ type: 'ack', requestId: `${n}`, id: `${n}` }) as const);
    const caller = connection('A');
    await postAnswer({ gateway, encoder: PLAIN }, caller, { messages, capabilities: caller.capabilities } as never);
    expect(gateway.patiences).toEqual(many(3, () => ({ left: 5_000, until: Number.POSITIVE_INFINITY })));
  });

  it('for two seconds with its last word', async () => {
    const world = receivingWorld();
    const gateway = new BusyGateway();
    await world.directory.open(connection('A', 'alice', { ...openSession(0), expires: world.clock.now() - 1 }));
    await endExpired({ ...world, gateway });
    expect(gateway.patiences).toEqual([{ left: 2_000, until: Number.POSITIVE_INFINITY }]);
  });

  it('with a batch for five seconds, and not behind its deadline', async () => {
    const world = fanningWorld();
    await world.directory.open(connection('A'));
    await world.subscriptions.add(connection('A'), [{ text: 'news', found: 'by-name' }], 10);
    const gateway = new BusyGateway();
    const deadline = world.clock.elapsed() + 30_000;
    await fanOut({ ...world, gateway }, incoming(event('news', '1')), deadline);
    expect(gateway.patiences).toEqual([{ left: 5_000, until: deadline }]);
  });

  it('with its greeting for three seconds, in which its handshake ends, after pauses of 10 to 250 ms', async () => {
    const clock = new ManualClock();
    const tried: number[] = [];
    const gateway = {
      post: async (_: unknown, _frame: Uint8Array, patience: Patience) => {
        expect(patience.left).toBe(3_000);
        tried.push(clock.elapsed());
        return 'gone';
      },
    };
    await welcome({ ...WELCOME, gateway: gateway as never, clock }, [{ ...connection('A'), expires: null }]);
    const pauses = tried.slice(1).map((at, i) => at - (tried[i] as number));
    expect(pauses.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 250, 250]);
    expect(tried.at(-1)).toBeLessThan(3_000);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(3_000);
  });
});

describe('it is done again', () => {
  it('a minute later, where the gateway cannot be asked for a connection', async () => {
    const gateway = { find: () => Promise.reject(new DependencyAway('gateway', new Error('503'))) };
    const { postponed, run } = sweeping(gateway as never, 1, 0);
    expect(await run()).toMatchObject({ unknown: 1 });
    expect(postponed).toEqual([60_000]);
  });

  it.each([
    [9_500, 2],
    [9_499, 1],
  ])('where the figures of before are %i ms old: %i points', async (age, points) => {
    const clock = new ManualClock();
    const past = new MemoryPast(new MemoryStore(clock));
    const note = () => notePast(past, clock, () => metricsJson(readingsOf(new Map())));
    await note();
    await clock.sleep(age);
    await note();
    expect(await past.points()).toHaveLength(points);
  });

  it('once a second, that lateness is measured: the worst since, and what waits', async () => {
    const clock = new ManualClock();
    const set = vi.fn();
    const lateness = new Lateness(clock, { set }, 'appended_lag');
    const measured = () => set.mock.calls.map(([, , worst]) => worst);
    lateness.measure();
    lateness.told(clock.now() - 70);
    lateness.told(clock.now() - 50);
    await clock.sleep(999);
    lateness.measure();
    expect(measured()).toEqual([0]);
    await clock.sleep(1);
    lateness.measure();
    expect(measured()).toEqual([0, 70]);
    lateness.heldUp('a', clock.now() - 10);
    lateness.heldUp('b', clock.now() - 20);
    await clock.sleep(SECOND);
    lateness.measure();
    lateness.goesOn('b');
    await clock.sleep(SECOND);
    lateness.measure();
    lateness.goesOn('a');
    await clock.sleep(SECOND);
    lateness.measure();
    expect(measured()).toEqual([0, 70, 1_020, 2_010, 0]);
  });

  it('once a minute, that it is told of a user who reached a limit, and at once where that failed', async () => {
    const clock = new ManualClock();
    const inner = new WatchedLimiter();
    const exceeded: Exceeded = { level: 'user', points: 1, duration: 1, retryAfter: 1, persistent: false };
    inner.exceeded = exceeded;
    const told: unknown[] = [];
    const failures: unknown[] = [];
    let isAway = false;
    const serviceEvents = {
      exceeded: async (user: string, level: string) => {
        if (isAway) throw new Error('away');
        told.push([user, level]);
      },
    };
    const limiter = tellingLimiter(inner, serviceEvents as never, clock, (error) => void failures.push(error));
    const toll = { connection: undefined, backEnd: 'unclaimed', work: 0, kept: { stored: 0, passing: 0 } } as const;
    const take = (user: string) => limiter.take({ ...toll, user, messages: new Map() });
    expect(await take('alice')).toBe(exceeded);
    await take('alice');
    await take('bob');
    expect(told).toEqual([
      ['alice', 'user'],
      ['bob', 'user'],
    ]);
    await clock.sleep(59_999);
    await take('alice');
    expect(told).toHaveLength(2);
    await clock.sleep(1);
    isAway = true;
    await take('alice');
    expect(failures).toHaveLength(1);
    isAway = false;
    await take('alice');
    expect(told).toHaveLength(3);
    inner.exceeded = undefined;
    expect(await take('carol')).toBeUndefined();
    expect(told).toHaveLength(3);
  });
});

describe('a shard', () => {
  const shard = { queue: 'events.0', depth: 1, steps: 1, redelivered: 0, lag: 0 };

  it.each([
    [29_999, false],
    [30_000, true],
  ])('that has not moved for %i ms while messages wait stands still: %s', (age, isStill) => {
    const judge = () => judgeShards([shard], { 'events.0': { steps: 1, redelivered: 0, since: 0 } }, age);
    if (isStill) expect(judge).toThrow('has stood still for 30 s');
    else expect(judge()).toBeUndefined();
  });

  it.each([
    [10_000, 1, false],
    [10_001, 1, true],
    [10_001, 0, false],
  ])('whose messages had waited for %i ms, with %i more, is late: %s', (lag, depth, isLate) => {
    const judged = judgeShards([{ ...shard, lag, depth }], {}, 0);
    expect(judged !== undefined).toBe(isLate);
  });

  it('that is late the most is named', () => {
    const of = (queue: string, lag: number) => ({ ...shard, queue, lag });
    expect(judgeShards([of('a', 20_000), of('b', 40_000), of('c', 30_000)], {}, 0)).toContain('40 s late in b');
  });

  it('that was quiet may post for ten seconds at once', () => {
    expect(new EarnedWindow(100, SECOND).after('a', 1_000, 0, 0)).toBe(0);
    expect(new EarnedWindow(100, SECOND).after('a', 1_001, 0, 0)).toBe(10);
  });

  it('owes no more than is earned while events may gather', () => {
    const window = new EarnedWindow(100, SECOND);
    expect(window.after('a', 1_000_000, 0, 0)).toBe(SECOND);
    expect(window.after('a', 1, SECOND, SECOND)).toBe(10);
  });
});
