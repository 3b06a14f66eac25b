import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryPostings } from '../../../lib/memory/postings.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import type { Postings, Unfinished } from '../../../lib/ports/postings.ts';
import { Fenced } from '../../../lib/ports/turn.ts';
import { DeadlineExceeded } from '../../../lib/sync/deadline.ts';
import { type HeldTurn, Turns } from '../../../lib/sync/turns.ts';

const SHARD = 'events.0';
const SECOND = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

/** Postings in memory, what is asked of them, and how long each answer takes. */
const setUp = () => {
  const clock = new ManualClock();
  const inner = new MemoryPostings(new MemoryStore(clock), clock);
  const asked: string[] = [];
  const state = { takes: 0, above: [] as number[] };
  const told = async <T>(name: string, step: Promise<T>): Promise<T> => {
    asked.push(name);
    await clock.sleep(state.takes);
    return step;
  };
  const postings: Postings = {
    claim: (shard, above) => {
      state.above.push(above);
      return told('claim', inner.claim(shard, above));
    },
    begin: (...args) => told('begin', inner.begin(...args)),
    advance: (...args) => told('advance', inner.advance(...args)),
    finish: (turn) => told('finish', inner.finish(turn)),
  };
  const turns = new Turns(postings, clock);
  return { clock, inner, asked, state, turns, hold: turns.hold.bind(turns) };
};

describe('a turn that is held', () => {
  it('is sure for a second and a half, and then asked for once more', async () => {
    const { clock, asked, hold } = setUp();
    await hold(SHARD, NEVER, async (held) => {
      await clock.sleep(1_499);
      await held.confirm();
      expect(asked).toEqual(['claim']);
      await clock.sleep(1);
      expect(held.isSure).toBe(false);
      await held.confirm();
      expect(asked).toEqual(['claim', 'advance']);
      await clock.sleep(1_499);
      await held.confirm();
      expect(asked).toEqual(['claim', 'advance']);
    });
  });

  it('is sure since it was asked for, and not since that was answered', async () => {
    const { clock, state, hold } = setUp();
    state.takes = SECOND;
    await hold(SHARD, NEVER, async (held) => {
      await clock.sleep(499);
      expect(held.isSure).toBe(true);
      await clock.sleep(1);
      expect(held.isSure).toBe(false);
      await held.begin([{ channel: 'a' }], true);
      await clock.sleep(499);
      expect(held.isSure).toBe(true);
      await clock.sleep(1);
      expect(held.isSure).toBe(false);
    });
  });

  it('is asked for once by many who ask at once', async () => {
    const { asked, hold } = setUp();
    await hold(SHARD, NEVER, async (held) => {
      await Promise.all([held.ask(), held.ask(), held.ask()]);
      expect(asked).toEqual(['claim', 'advance']);
      await held.ask();
      expect(asked).toEqual(['claim', 'advance', 'advance']);
    });
  });

  it('is not asked for any more once its time is over', async () => {
    const { clock, asked, hold } = setUp();
    const work = async (held: HeldTurn): Promise<void> => {
      await clock.sleep(2 * SECOND);
      await held.confirm();
      expect(asked).toEqual(['claim', 'advance']);
      await clock.sleep(1);
      expect(held.isSure).toBe(false);
      await held.confirm();
    };
    await expect(hold(SHARD, 2 * SECOND, work)).rejects.toThrow(DeadlineExceeded);
    expect(asked).toEqual(['claim', 'advance']);
  });

  it('is nobody’s where its time was over by the answer', async () => {
    const { clock, asked, state, hold } = setUp();
    const work = async (held: HeldTurn): Promise<void> => {
      await clock.sleep(2 * SECOND);
      state.takes = SECOND;
      await held.confirm();
    };
    await expect(hold(SHARD, 2_500, work)).rejects.toThrow(DeadlineExceeded);
    expect(asked).toEqual(['claim', 'advance']);
  });

  it('is refused once another has begun', async () => {
    const { inner, hold } = setUp();
    const work = async (held: HeldTurn): Promise<void> => {
      await inner.claim(SHARD, 0);
      await held.ask();
    };
    await expect(hold(SHARD, NEVER, work)).rejects.toThrow(Fenced);
  });

  it('tells of fences of which it is not known whether all was posted', async () => {
    const { hold } = setUp();
    await hold(SHARD, NEVER, async (held) => {
      const { fence, unknown } = held.turn;
      held.doubt(7);
      expect(held.turn).toEqual({ shard: SHARD, fence, unknown: [...unknown, [7, 7]] });
    });
  });
});

describe('turns of a process', () => {
  it.each([
    [4_999, ['claim', 'finish', 'finish']],
    [5_000, ['claim', 'finish', 'claim', 'finish']],
  ])('the next, %i ms later, is begun by finishing the last, for five seconds', async (later, steps) => {
    const { clock, asked, hold } = setUp();
    const fences: number[] = [];
    const work = async (held: HeldTurn): Promise<void> => void fences.push(held.turn.fence);
    await hold(SHARD, NEVER, work);
    await clock.sleep(later);
    await hold(SHARD, NEVER, work);
    expect(asked).toEqual(steps);
    expect(fences[1]).toBeGreaterThan(fences[0] as number);
  });

  it('are of one shard each', async () => {
    const { asked, hold } = setUp();
    await hold('a', NEVER, async () => undefined);
    await hold('b', NEVER, async () => undefined);
    await hold('a', NEVER, async () => undefined);
    expect(asked).toEqual(['claim', 'finish', 'claim', 'finish', 'finish']);
  });

  it('go on with what the last left unfinished, and not with what it finished', async () => {
    const { hold } = setUp();
    const failing = async (held: HeldTurn): Promise<void> => {
      await held.begin([{ channel: 'a' }], true);
      throw new Error('killed');
    };
    await expect(hold(SHARD, NEVER, failing)).rejects.toThrow('killed');
    const histories = await hold(SHARD, NEVER, async (_, unfinished) => unfinished?.histories);
    expect(histories).toEqual([{ channel: 'a' }]);
    expect(await hold(SHARD, NEVER, async (_, unfinished) => unfinished)).toBeUndefined();
  });

  it('begin nothing where the time of the batch is over, nor with a turn that was kept', async () => {
    const { clock, asked, hold } = setUp();
    await hold(SHARD, NEVER, async () => undefined);
    await clock.sleep(2);
    await expect(hold(SHARD, 1, async () => expect.unreachable())).rejects.toThrow(DeadlineExceeded);
    expect(asked).toEqual(['claim', 'finish']);
    await hold(SHARD, NEVER, async () => undefined);
    expect(asked).toEqual(['claim', 'finish', 'claim', 'finish']);
  });

  it('begin nothing where the time was over by the answer', async () => {
    const { state, hold } = setUp();
    state.takes = 2;
    await expect(hold(SHARD, 1, async () => expect.unreachable())).rejects.toThrow(DeadlineExceeded);
  });

  it('are begun above the one that a history refused for, five times at the most', async () => {
    const { state, asked, hold } = setUp();
    let tries = 0;
    const work = async (): Promise<string> => {
      if (++tries < 5) throw new Fenced(1_000 * tries);
      return 'done';
    };
    expect(await hold(SHARD, NEVER, work)).toBe('done');
    expect(state.above).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
    // It is asked first whether it is this turn alone that was refused.
    expect(asked.slice(0, 3)).toEqual(['claim', 'advance', 'claim']);
    tries = -1;
    await expect(hold('events.1', NEVER, work)).rejects.toThrow(Fenced);
    expect(tries).toBe(4);
  });

  it.each(['the record', 'a history'])(
    'are claimed anew where %s refuses one that was kept: another process has done a batch since',
    async (refuses) => {
      const { inner, asked, hold } = setUp();
      await hold(SHARD, NEVER, async () => undefined);
      const other = (await inner.claim(SHARD, 0)).turn;
      await inner.begin(other, [{ channel: 'a' }], true);
      const fences: number[] = [];
      const work = async (held: HeldTurn, unfinished: Unfinished | undefined): Promise<unknown> => {
        fences.push(held.turn.fence);
        if (fences.length === 1 && refuses === 'a history') throw new Fenced(other.fence);
        await held.begin([{ channel: 'b' }], true);
        return unfinished?.histories;
      };
      expect(await hold(SHARD, NEVER, work)).toEqual([{ channel: 'a' }]);
      expect(fences).toHaveLength(2);
      expect(fences[1]).toBeGreaterThan(other.fence);
      expect(asked.filter((step) => step === 'claim')).toHaveLength(2);
    },
  );

  it('are not claimed anew once something is done in one that was kept, nor where the time is over', async () => {
    const { clock, inner, asked, hold } = setUp();
    const taken = async (held: HeldTurn): Promise<void> => {
      await held.begin([{ channel: 'a' }], true);
      await inner.claim(SHARD, 0);
      await held.ask();
    };
    await hold(SHARD, NEVER, async () => undefined);
    await expect(hold(SHARD, NEVER, taken)).rejects.toThrow(Fenced);
    await hold(SHARD, NEVER, async () => undefined);
    const late = async (held: HeldTurn): Promise<void> => {
      await inner.claim(SHARD, 0);
      await clock.sleep(2);
      await held.begin([{ channel: 'a' }], true);
    };
    await expect(hold(SHARD, clock.elapsed() + 1, late)).rejects.toThrow(DeadlineExceeded);
    expect(asked.filter((step) => step === 'claim')).toHaveLength(2);
  });

  it('are over where the shard is another’s', async () => {
    const { inner, asked, hold } = setUp();
    const taken = async (): Promise<void> => {
      await inner.claim(SHARD, 0);
      throw new Fenced(1);
    };
    await expect(hold(SHARD, NEVER, taken)).rejects.toThrow(Fenced);
    const refused = async (): Promise<void> => {
      throw new Fenced();
    };
    await expect(hold(SHARD, NEVER, refused)).rejects.toThrow(Fenced);
    expect(asked).toEqual(['claim', 'advance', 'claim']);
  });
});
