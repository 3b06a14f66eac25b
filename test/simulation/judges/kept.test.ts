import { describe, expect, it } from 'vitest';
import type { Gap } from '../../../client/src/gap.ts';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { UNCUT } from '../plans/plan.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { Given } from './given.ts';
import { Kept } from './kept.ts';

const MINUTE = 60_000;
const ON = { enabled: true, retention: 60 * MINUTE };
const OFF = { ...ON, enabled: false };
const SHORT = { ...ON, retention: 2 * MINUTE };
const NAME = { channel: 'a' };

const staged = (isOn = true) => {
  const stage = calmStage();
  const { time } = stage;
  const store = new MemoryStore(time);
  const kept = new Kept(stage, store, UNCUT, isOn);
  const here = { name: 'fanout-1', clock: time };
  let appended = 0;
  return {
    ...{ kept, store, time, here },
    problems: stage.problems,
    epoch: (): string => store.counters.get('a')?.epoch ?? '',
    /** Has some events appended in one step. @param then - what the step does besides. @param said - what all say that they are. */
    append: async (keeping: typeof ON, count: number, then = (): void => undefined, said?: string): Promise<void> => {
      const broadcasts = Array.from({ length: count }, () => {
        const id = `e${++appended}`;
        return {
          ...{ id, channel: parseChannel('a'), category: 'a', priority: 'normal' as const, userId: 'alice' },
          data: JSON.stringify({ id: said ?? id }),
        };
      });
      const history = new MemoryHistory(store, { ...keeping, maxEvents: UNCUT }, new MemoryMeter(), time);
      await kept.append(here, keeping, broadcasts, () => {
        const done = history.append(broadcasts);
        then();
        return done;
      });
    },
  };
};

describe('what histories keep where functions are deployed with other settings', () => {
  it('lacks what was not kept, and nothing else', async () => {
    const { kept, append, problems, epoch: epochOf } = staged();
    await append(ON, 5);
    await append(OFF, 1);
    await append(ON, 1);
    const epoch = epochOf();
    // What is appended while nothing is kept takes twice as much with it, the oldest first.
    const lacked = [1, 2, 3, 4, 5, 6, 7].filter((offset) => kept.mayLack(NAME, epoch, offset, offset));
    expect(lacked).toEqual([1, 2, 6]);
    expect(kept.mayLack(NAME, epoch, 5, 6)).toBe(false);
    expect(kept.mayLack(NAME, 'another', 6, 6)).toBe(false);
    expect([kept.mayLackSome(NAME, 6), kept.mayLackSome(NAME, 7)]).toEqual([true, false]);
    expect(kept.missing.map((each) => each.type === 'stored' && each.id)).toEqual(['e1', 'e2', 'e6']);
    expect(problems).toEqual([]);
  });

  it('knows which second copies were not kept of what has no id', async () => {
    const { kept, append, epoch } = staged();
    await append(OFF, 1, undefined, 'bare');
    await append(OFF, 1, undefined, 'other');
    await append(OFF, 2, undefined, 'bare');
    await append(OFF, 1, undefined, 'other');
    await append(ON, 1, undefined, 'bare');
    const copies = [`a at 3 of ${epoch()}`, `a at 4 of ${epoch()}`];
    expect(kept.copiesNotKept(new Set(['bare']))).toEqual(new Set(copies));
  });

  it('has what was kept under a longer retention, and loses it behind that', async () => {
    const { kept, append, time, problems, epoch } = staged();
    await append(ON, 1);
    await append(SHORT, 1);
    await time.advance(59 * MINUTE);
    expect(kept.mayLackSome(NAME)).toBe(false);
    await time.advance(2 * MINUTE);
    expect(kept.mayLack(NAME, epoch(), 1, 2)).toBe(true);
    expect(problems).toEqual([]);
  });

  it('cuts by a shorter retention what is older, and accuses who cuts something else', async () => {
    const { kept, append, store, time, problems, epoch: epochOf } = staged();
    await append(ON, 1);
    await time.advance(3 * MINUTE);
    await append(SHORT, 1);
    expect([problems, kept.mayLack(NAME, epochOf(), 1, 1)]).toEqual([[], true]);
    await append(ON, 1, () => void store.events.get('a')?.shift());
    expect(problems).toEqual(['kept: fanout-1 cuts 2 of a, which is neither old nor one too many']);
  });

  it('accuses who cuts more than twice what it appends, while nothing is kept', async () => {
    const { append, store, problems } = staged();
    await append(ON, 5);
    await append(OFF, 1, () => void store.events.get('a')?.shift());
    expect(problems).toEqual(['kept: fanout-1 cuts 3 events of a, and appends 1']);
  });

  it('has ended once nothing was appended for twice as long, and accuses who has it begin anew before', async () => {
    const { kept, append, store, time, problems, epoch: epochOf } = staged();
    await append(SHORT, 1);
    const epoch = epochOf();
    await time.advance(11 * MINUTE);
    expect(kept.hasEnded(NAME, epoch)).toBe(false);
    await time.advance(2 * MINUTE);
    expect(kept.hasEnded(NAME, epoch)).toBe(true);
    await append(ON, 1);
    expect(problems).toEqual([]);
    store.counters.delete('a');
    await append(ON, 1);
    expect(problems).toEqual(['kept: a begins anew, and was to be remembered']);
  });
});

describe('a gap of the library', () => {
  const gap = (about: Partial<Gap>): Gap => {
    return {
      channel: 'a',
      private: false,
      reason: 'trimmed',
      epoch: undefined,
      from: undefined,
      to: undefined,
      ...about,
    };
  };

  it('is explained by what was not kept, as far as that reaches', async () => {
    const { kept, append, epoch: epochOf } = staged();
    await append(ON, 3);
    await append(OFF, 1);
    const epoch = epochOf();
    const explained = (from: number, to: number) => kept.explains('bob', gap({ epoch, from, to }), []);
    expect([explained(4, 4), explained(3, 4), explained(3, 3)]).toEqual([true, false, false]);
    // From where it does not know what stood before.
    expect([explained(1, 3), explained(1, 5)]).toEqual([true, false]);
    expect(kept.explains('bob', gap({ epoch, private: true, from: 4, to: 4 }), [])).toBe(false);
    expect(kept.explains('bob', gap({ epoch, from: 4, reason: 'epoch-lost' }), [])).toBe(false);
  });

  it('is explained by what a connection was told, where that is one of its own', async () => {
    const { kept, problems, here } = staged();
    kept.refuses('message-1', OFF, 'c1');
    kept.asks(here, SHORT, 'c2', here.clock.now() - 3 * MINUTE);
    kept.asks(here, SHORT, 'c3', here.clock.now() - MINUTE);
    const of = (about: Partial<Gap>, connection: string) => kept.explains('bob', gap(about), [connection]);
    expect(['c1', 'c2'].map((id) => of({ reason: 'undelivered' }, id))).toEqual([true, false]);
    expect(['c1', 'c2', 'c3'].map((id) => of({ channel: undefined }, id))).toEqual([false, true, false]);
    expect(problems).toEqual([]);
    kept.refuses('message-2', ON, 'c1');
    expect(problems).toEqual(['kept: message-2 says that there is no replay, and has one']);
  });

  it('is not there for what was appended longer ago than the shortest retention, to who asked for that', async () => {
    const { kept, append, time, here } = staged();
    await append(ON, 1);
    // Whoever answers by it need not have appended anything.
    kept.deployed(SHORT);
    kept.deployed(ON);
    kept.asks(here, ON, 'c1', time.now());
    const began = time.now();
    await time.advance(3 * MINUTE);
    await append(ON, 1);
    kept.asks(here, ON, 'c2', began);
    expect([1, 2].map((offset) => kept.isOld(NAME, offset))).toEqual([true, false]);
    const forgotten = (offset: number, connection: string) => kept.isForgotten(NAME, offset, [connection]);
    expect([forgotten(1, 'c2'), forgotten(2, 'c2'), forgotten(1, 'c1')]).toEqual([true, false, false]);
    // By the retention of now it is not too old.
    expect(kept.explains('bob', gap({ channel: undefined }), ['c2'])).toBe(false);
  });

  it('is never explained where no other settings are deployed', async () => {
    const { kept, append } = staged(false);
    await append(OFF, 1);
    kept.refuses('message-1', OFF, 'c1');
    expect(kept.explains('bob', gap({ reason: 'undelivered' }), ['c1'])).toBe(false);
    expect(kept.missing).toEqual([]);
  });
});

describe('what a client was told of', () => {
  it('is what was appended before, on that channel or on any', () => {
    const given = new Given();
    given.up('a', 5);
    expect([given.has('a', 5), given.has('a', 6), given.has('b', 5)]).toEqual([true, false, false]);
    expect([given.hasGivenUp('a'), given.hasGivenUp(undefined)]).toEqual([false, false]);
    given.up(undefined, 6, true);
    given.up('c', 6, true);
    expect(['a', 'c', undefined].map((channel) => given.hasGivenUp(channel))).toEqual([false, true, false]);
    expect([given.has('a', 6), given.has('b', 6), given.has('b', 7)]).toEqual([true, true, false]);
  });

  it('begins in the middle once of a run, where there is no replay', () => {
    const given = new Given();
    expect([given.begins('a', false, 2, true), given.begins('a', false, 3, true)]).toEqual([true, false]);
    given.loses('a', false);
    expect([given.isLost('a', false), given.isLost('a', true)]).toEqual([true, false]);
    expect(given.begins('a', false, 4, true)).toBe(true);
    expect(given.isLost('a', false)).toBe(false);
    expect([given.begins('a', true, 1, true), given.begins('b', false, 2, false)]).toEqual([false, false]);
  });
});
