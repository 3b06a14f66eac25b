import { describe, expect, it } from 'vitest';
import { setBack } from '../../../client/testing/damage.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import { type Fault, insist, killedAt, messages, NEVER, PATIENCE, type Stage, settle, stage } from './actors.ts';
import { event } from './world.ts';

const LISTENERS = ['a', 'b', 'c'];

/** Broadcasts of two channels, of which one is for a user alone. */
const broadcasts = (run: string): readonly Broadcast[] => [
  event('x', `${run}-1`),
  event('y', `${run}-2`),
  event('x', `${run}-3`),
  event('x', `${run}-4`, { targetUsers: ['b'] }),
];

const ids = (run: string, listener: string): string[] =>
  [1, 2, 3, ...(listener === 'b' ? [4] : [])].map((n) => `${run}-${n}`);

/** Everyone heard everything, each channel in its order. */
const expectAllHeard = (on: Stage, ...runs: readonly string[]): void => {
  for (const [listener, heard] of on.firsts()) {
    expect([listener, [...heard].sort()]).toEqual([listener, runs.flatMap((run) => ids(run, listener)).sort()]);
    for (const [, all] of on.heard) {
      for (const channel of ['x', 'y']) {
        const offsets = all.filter((each) => each.channel === channel && !each.id.endsWith('-4')).map((e) => e.offset);
        const first = [...new Set(offsets)];
        expect(first).toEqual([...first].sort((a, b) => a - b));
      }
    }
  }
};

/** How often each listener heard each event, at the most. */
const mostTimes = ({ heard }: Stage): number =>
  Math.max(...[...heard.values()].flatMap((all) => all.map(({ id }) => all.filter((each) => each.id === id).length)));

/** How many calls a batch makes, in a process that has or has not made one before. */
const callsOf = async (isWarm: boolean): Promise<number> => {
  const on = await stage(LISTENERS, ['x', 'y'], 2);
  const process = on.enter();
  if (isWarm) await process.fan(messages(broadcasts('0')));
  const before = process.calls();
  await process.fan(messages(broadcasts('1')));
  return process.calls() - before;
};

/** Every call of a batch, of a process that is new and of one that is not. */
const everyCall = async (): Promise<readonly { isWarm: boolean; call: number; when: Fault['when'] }[]> => {
  const all = [];
  for (const isWarm of [false, true]) {
    const calls = await callsOf(isWarm);
    for (let call = 1; call <= calls; call++) {
      for (const when of ['before', 'after'] as const) all.push({ isWarm, call, when });
    }
  }
  return all;
};

/** A stage on which a process meets a fault in its batch, which goes by the name of 1; warm ones had another before. */
const meeting = async (
  { isWarm, call, when }: { isWarm: boolean; call: number; when: Fault['when'] },
  fault: (on: Stage) => Omit<Fault, 'call' | 'when'>,
) => {
  const on = await stage(LISTENERS, ['x', 'y'], 2);
  let before = 0;
  if (isWarm) {
    const probe = await stage(LISTENERS, ['x', 'y'], 2);
    const process = probe.enter();
    await process.fan(messages(broadcasts('0')));
    before = process.calls();
  }
  const process = on.enter({ ...fault(on), call: before + call, when });
  if (isWarm) await process.fan(messages(broadcasts('0')));
  return { on, process, runs: isWarm ? ['0', '1'] : ['1'] };
};

const calls = await everyCall();
const named = calls.map((at) => [`${at.when} call ${at.call}${at.isWarm ? ' of a later batch' : ''}`, at] as const);

describe('a process that is killed', () => {
  it.each(named)('[B-2] [E-3] %s has everything heard by the next, and in order', async (_, at) => {
    const { on, process, runs } = await meeting(at, () => ({ what: NEVER }));
    void process.fan(messages(broadcasts('1'))).catch(() => undefined);
    await process.hit;
    await settle();
    await insist(on, messages(broadcasts('1')));
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, ...runs, '2');
    expect(mostTimes(on)).toBeLessThanOrEqual(2);
  });

  it.each(named)('[B-2] [A-3] %s: the rest of its batch comes in others, and before it another', async (_, at) => {
    const { on, process, runs } = await meeting(at, () => ({ what: NEVER }));
    void process.fan(messages(broadcasts('1'))).catch(() => undefined);
    await process.hit;
    await settle();
    const [first, ...rest] = messages(broadcasts('1'));
    await insist(on, first === undefined ? [] : [first]);
    await insist(on, rest);
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, ...runs, '2');
  });

  it.each(named)('[B-2] [E-3] %s, and so is the one after it, and the one after that', async (_, at) => {
    const { on, process, runs } = await meeting(at, () => ({ what: NEVER }));
    void process.fan(messages(broadcasts('1'))).catch(() => undefined);
    await process.hit;
    await settle();
    for (const call of [2, 4]) {
      const next = on.enter(killedAt(call, at.when));
      void next.fan(messages(broadcasts('1')));
      await next.hit;
      await settle();
    }
    await insist(on, messages(broadcasts('1')));
    expectAllHeard(on, ...runs);
  });
});

describe('an answer that is lost', () => {
  it.each(named)('[B-2] [B-4] %s has everything heard, by whoever asks again', async (_, at) => {
    const { on, process, runs } = await meeting(at, () => ({ what: 'lost' }));
    await process.fan(messages(broadcasts('1'))).catch(() => insist(on, messages(broadcasts('1'))));
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, ...runs, '2');
    // Of a post alone nobody knows whether it was taken.
    expect(mostTimes(on)).toBeLessThanOrEqual(2);
  });
});

describe('a process that is frozen', () => {
  it.each(named)('[B-4] [E-3] %s, until the ids are forgotten, appends and posts nothing more', async (_, at) => {
    const thaw = Promise.withResolvers<void>();
    const { on, process, runs } = await meeting(at, () => ({ what: thaw.promise }));
    const zombie = process.fan(messages(broadcasts('1')));
    await process.hit;
    await settle();
    await insist(on, messages(broadcasts('1')));
    await on.clock.sleep(PATIENCE + 301_000);
    await insist(on, messages(broadcasts('2')));
    await insist(on, messages(broadcasts('3')));
    const [posts, appended] = [process.posts(), on.history.appended.length];
    thaw.resolve();
    await zombie.catch(() => undefined);
    // A post that was under way goes out.
    expect(process.posts() - posts).toBeLessThanOrEqual(1);
    expect(on.history.appended).toHaveLength(appended);
    expect(on.parking.parked).toEqual([]);
    await insist(on, messages(broadcasts('4')));
    expectAllHeard(on, ...runs, '2', '3', '4');
  });

  it.each(named)(
    '[B-2] %s, while a part of its batch is in another’s hands, takes nothing from anybody',
    async (_, at) => {
      const thaw = Promise.withResolvers<void>();
      const { on, process, runs } = await meeting(at, () => ({ what: thaw.promise }));
      const zombie = process.fan(messages(broadcasts('1')));
      await process.hit;
      await settle();
      const [first, ...rest] = messages(broadcasts('1'));
      await insist(on, first === undefined ? [] : [first]);
      await on.clock.sleep(10_000);
      thaw.resolve();
      await zombie.catch(() => undefined);
      await insist(on, rest);
      await insist(on, messages(broadcasts('2')));
      expectAllHeard(on, ...runs, '2');
    },
  );
});

describe('a process that is frozen while another does its batch', () => {
  it.each(named)(
    '[E-3] %s, posts nothing more once it asks for its turn, though its time is not over',
    async (_, at) => {
      const thaw = Promise.withResolvers<void>();
      const { on, process, runs } = await meeting(at, () => ({ what: thaw.promise }));
      const zombie = process.fan(messages(broadcasts('1')));
      await process.hit;
      await settle();
      await insist(on, messages(broadcasts('1')));
      await on.clock.sleep(10_000);
      const posts = process.posts();
      thaw.resolve();
      await zombie.catch(() => undefined);
      // A post that was under way goes out.
      expect(process.posts() - posts).toBeLessThanOrEqual(1);
      await insist(on, messages(broadcasts('2')));
      expectAllHeard(on, ...runs, '2');
    },
  );
});

describe('a record that is lost', () => {
  it.each(named)('[B-2] %s has events posted again, and none left out', async (_, at) => {
    const { on, process, runs } = await meeting(at, ({ store }) => ({
      what: Promise.resolve(),
      onHappened: () => {
        store.postings.delete('events.0');
        store.highestFence = 0;
      },
    }));
    await process.fan(messages(broadcasts('1'))).catch(() => insist(on, messages(broadcasts('1'))));
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, ...runs, '2');
  });

  it.each(named)('[B-2] %s with the process itself, likewise', async (_, at) => {
    const { on, process, runs } = await meeting(at, ({ store }) => ({
      what: NEVER,
      onHappened: () => store.postings.delete('events.0'),
    }));
    void process.fan(messages(broadcasts('1'))).catch(() => undefined);
    await process.hit;
    await settle();
    for (const message of messages(broadcasts('1'))) await insist(on, [message]);
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, ...runs, '2');
  });

  it.each(named)('[B-2] %s is set back to what it was a batch before, likewise', async (_, at) => {
    const { on, process, runs } = await meeting(at, ({ store }) => ({
      what: NEVER,
      onHappened: () => {
        const before = store.postings.get('events.0');
        if (before === undefined) return;
        // As it was when the first turn of all had just been finished.
        const last = Math.min(...before.unknown.map(([, to]) => to + 1));
        if (!at.isWarm) store.postings.delete('events.0');
        else store.postings.set('events.0', { holder: last + 1, last, unknown: before.unknown.slice(0, 1) }, 1e9);
      },
    }));
    void process.fan(messages(broadcasts('1'))).catch(() => undefined);
    await process.hit;
    await settle();
    for (const message of messages(broadcasts('1'))) await insist(on, [message]);
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, ...runs, '2');
  });
});

describe('a history', () => {
  it.each(named)('[B-2] that was set back %s has what comes again appended anew, and heard', async (_, at) => {
    const { on, process, runs } = await meeting(at, ({ store }) => ({
      what: NEVER,
      onHappened: () => {
        for (const name of [{ channel: 'x' }, { channel: 'y' }, { channel: 'x', user: 'b' }]) setBack(store, name, 0);
      },
    }));
    void process.fan(messages(broadcasts('1'))).catch(() => undefined);
    await process.hit;
    await settle();
    await insist(on, messages(broadcasts('1')));
    await insist(on, messages(broadcasts('2')));
    for (const [listener, heard] of on.firsts()) {
      const all = [...runs, '2'].flatMap((run) => ids(run, listener)).sort();
      expect([listener, [...heard].sort()]).toEqual([listener, all]);
    }
  });

  it('[B-2] [E-3] that two generations of shards append to has all of both heard', async () => {
    const on = await stage(LISTENERS, ['x', 'y']);
    const [old, young] = [on.enter(), on.enter()];
    for (let n = 0; n < 6; n++) {
      // One of them often has its turn from before the other appended.
      await (n % 3 === 0 ? old : young).fan(messages(broadcasts(`${n}`), n % 3 === 0 ? 'events.0' : 'events-2.0'));
    }
    // And one that is killed amid its posts leaves what is its own to its own.
    const killed = on.enter(killedAt(7, 'before'));
    void killed.fan(messages(broadcasts('6'), 'events.0'));
    await killed.hit;
    await settle();
    await young.fan(messages(broadcasts('7'), 'events-2.0'));
    await insist(on, messages(broadcasts('6'), 'events.0'));
    expect(mostTimes(on)).toBeLessThanOrEqual(3);
    for (const [listener, heard] of on.firsts()) {
      const all = ['0', '1', '2', '3', '4', '5', '6', '7'].flatMap((run) => ids(run, listener)).sort();
      expect([listener, [...heard].sort()]).toEqual([listener, all]);
    }
  });

  it('[B-2] to which an older version appended, that knows of no turns, has what comes again heard', async () => {
    const on = await stage(LISTENERS, ['x', 'y']);
    await on.history.append(broadcasts('1'));
    await insist(on, messages(broadcasts('1')));
    await insist(on, messages(broadcasts('2')));
    expectAllHeard(on, '1', '2');
    // Back to the older version for a batch, which is killed after its append, and forward again.
    await on.history.append(broadcasts('3'));
    await insist(on, messages([...broadcasts('3'), ...broadcasts('4')]));
    expectAllHeard(on, '1', '2', '3', '4');
    expect(mostTimes(on)).toBe(1);
  });
});

describe('where events are not kept', () => {
  it.each(named)(
    '[B-2] what a process did not post that was killed %s is posted as its messages come again',
    async (_, at) => {
      const { on, process, runs } = await meeting(at, () => ({ what: NEVER }));
      const forget = (): void => {
        for (const scope of ['x', 'y', 'x\nb']) on.store.events.delete(scope);
      };
      void process.fan(messages(broadcasts('1'))).catch(() => undefined);
      await process.hit;
      await settle();
      for (const message of messages(broadcasts('1'))) {
        forget();
        await insist(on, [message]);
      }
      forget();
      await insist(on, messages(broadcasts('2')));
      expectAllHeard(on, ...runs, '2');
    },
  );
});

describe('where a history keeps fewer events than a batch has', () => {
  it.each(named)(
    '[B-2] [E-3] what a process did not post that was killed %s comes whole and in order with its messages',
    async (_, at) => {
      const { on, process, runs } = await meeting(at, ({ store }) => ({
        what: NEVER,
        onHappened: () => store.events.get('x')?.splice(0, 1),
      }));
      void process.fan(messages(broadcasts('1'))).catch(() => undefined);
      await process.hit;
      await settle();
      await insist(on, messages(broadcasts('1')));
      await insist(on, messages(broadcasts('2')));
      expectAllHeard(on, ...runs, '2');
    },
  );
});
