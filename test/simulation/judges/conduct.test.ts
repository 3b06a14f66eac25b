import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { Environment } from '../stage/environment.ts';
import { Conduct } from './conduct.ts';
import { Owed } from './owed.ts';

const SHARD = 'events.0';
const turn = (fence: number) => ({ shard: SHARD, fence, unknown: [] });
const at = (offset: number) => ({ name: `a at ${offset}`, history: { channel: 'a' }, epoch: 'epoch-1', offset });

/** A stage, and who judges there. */
const staged = () => {
  const stage = calmStage();
  return { stage, conduct: new Conduct(stage, new Owed(new MemoryStore(stage.time), [])) };
};

describe('a fan-out whose batch failed, since another has its turn', () => {
  it('may be fenced by what it had asked for in the last batch, carried out as that one ended', () => {
    const { stage, conduct } = staged();
    const here = new Environment(stage, 'fanout-1');
    conduct.begin(here, SHARD);
    conduct.claimed(here, turn(1));
    conduct.finished(here, turn(1), turn(2));
    conduct.claimed(here, turn(3));
    conduct.end(here, true);
    conduct.begin(here, SHARD);
    expect(conduct.isRivalled(here)).toBe(true);
  });

  it('is not, by the turn that it was given as it finished the last', () => {
    const { stage, conduct } = staged();
    const here = new Environment(stage, 'fanout-1');
    conduct.begin(here, SHARD);
    conduct.claimed(here, turn(1));
    conduct.finished(here, turn(1), turn(2));
    conduct.end(here, true);
    conduct.begin(here, SHARD);
    expect(conduct.isRivalled(here)).toBe(false);
  });

  it('is not, by the turn that it asked for in this batch', () => {
    const { stage, conduct } = staged();
    const here = new Environment(stage, 'fanout-1');
    conduct.begin(here, SHARD);
    conduct.claimed(here, turn(1));
    expect(conduct.isRivalled(here)).toBe(false);
  });
});

describe('a fan-out that posts again', () => {
  const { name } = at(1);

  /**
   * Posts an event to two connections within two seconds, fails, and posts it to the first again.
   *
   * @param meanwhile - done when the first has it, `since` when both do, `before` when another turn was begun.
   */
  const posting = async (
    meanwhile: (conduct: Conduct, here: Environment) => void,
    {
      deadline = Number.POSITIVE_INFINITY,
      since = (_conduct: Conduct, _here: Environment): void => undefined,
      before = (_conduct: Conduct): void => undefined,
    } = {},
  ): Promise<readonly string[]> => {
    const { stage, conduct } = staged();
    const here = new Environment(stage, 'fanout-1');
    conduct.begin(here, SHARD, deadline);
    conduct.claimed(here, turn(1));
    conduct.appended(at(1), turn(1));
    for (const connection of ['c1', 'c2']) conduct.posts(here, connection, [name], 'frame');
    conduct.answered(here, 'c1', [name], 200);
    await stage.time.advance(500);
    meanwhile(conduct, here);
    await stage.time.advance(700);
    conduct.answered(here, 'c2', [name], 200);
    await stage.time.advance(300);
    since(conduct, here);
    await stage.time.advance(500);
    conduct.end(here, false);
    conduct.begin(here, SHARD);
    conduct.claimed(here, turn(9));
    before(conduct);
    conduct.posts(here, 'c1', [name], 'frame');
    return stage.problems;
  };

  it('is accused where it had the time to note how far it came', async () => {
    expect(await posting(() => undefined)).toEqual([
      'misconduct: fanout-1 posts a at 1 to c1 again, though it was noted how far that had come',
    ]);
  });

  it('is not where it was refused that, since a turn that it had given up was given to it', async () => {
    const givenUp = (conduct: Conduct, here: Environment): void => {
      here.befell('postings.claim');
      conduct.claimed(here, turn(2));
    };
    expect(await posting(givenUp)).toEqual([]);
  });

  it('is not where it was not told whether its turn goes on, before which it posts no more to anybody', async () => {
    expect(await posting((conduct, here) => void conduct.asks(here))).toEqual([]);
  });

  it('is accused where it was told so', async () => {
    expect(await posting((conduct, here) => conduct.asks(here)())).toHaveLength(1);
  });

  it('is accused where it asked when the rest of them had all', async () => {
    expect(await posting(() => undefined, { since: (conduct, here) => void conduct.asks(here) })).toHaveLength(1);
  });

  it('is not where its time was up, after which it posts no more to anybody', async () => {
    expect(await posting(() => undefined, { deadline: 1_000 })).toEqual([]);
    expect(await posting(() => undefined, { deadline: 2_000 })).toHaveLength(1);
  });

  it('is not where it was taken over since as what nobody knew of, which is posted to everybody', async () => {
    const takenOver = (conduct: Conduct): void => conduct.appended(at(1), turn(9));
    expect(await posting(() => undefined, { before: takenOver })).toEqual([]);
  });

  it('is accused where it was appended once more under the same turn, whose answer had been lost', async () => {
    const appended = (conduct: Conduct): void => conduct.appended(at(1), turn(1));
    expect(await posting(() => undefined, { before: appended })).toHaveLength(1);
  });

  it('is accused where it asked for its turn again since, and was given it', async () => {
    const askedAgain = (conduct: Conduct, here: Environment): void => {
      here.befell('postings.claim');
      conduct.claimed(here, turn(2));
      here.befell('history.append');
      conduct.claimed(here, turn(3));
    };
    expect(await posting(askedAgain)).toHaveLength(1);
  });
});

describe('a fan-out that finishes the turn of another', () => {
  /** The second of three events is of a turn that was finished; those around it are of these. It is posted again. */
  const posting = async (before: number, behind: number): Promise<readonly string[]> => {
    const { stage, conduct } = staged();
    const first = new Environment(stage, 'fanout-1');
    const second = new Environment(stage, 'fanout-2');
    conduct.begin(first, SHARD);
    conduct.claimed(first, turn(1));
    conduct.appended(at(2), turn(1));
    conduct.appended(at(1), turn(before));
    conduct.appended(at(3), turn(behind));
    conduct.finished(first, turn(1), undefined);
    conduct.end(first, true);
    await stage.time.advance(10);
    conduct.begin(second, SHARD);
    conduct.claimed(second, turn(9));
    conduct.posts(second, 'c1', [at(2).name], 'frame');
    return stage.problems;
  };
  const accused = ['misconduct: fanout-2 posts a at 2 to c1, which was finished'];

  it('may post what stands between its events, of a turn that was finished', async () => {
    expect(await posting(2, 2)).toEqual([]);
  });

  it('is accused where these are not of one turn, or of one that was finished', async () => {
    expect(await posting(2, 3)).toEqual(accused);
    expect(await posting(2, 1)).toEqual(accused);
    expect(await posting(1, 1)).toEqual(accused);
  });
});
