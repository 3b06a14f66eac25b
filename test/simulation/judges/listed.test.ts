import { describe, expect, it } from 'vitest';
import { Audience } from '../../../lib/memory/audience.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { NO_CAPABILITIES } from '../../../lib/protocol/capabilities.ts';
import { calmStage } from '../stage/calm-stage.ts';
import { Listed } from './listed.ts';

const LIFETIME = 1_000_000;

/** A store in which connections come and go, each in a step, while somebody lists who listens to `x:1`. */
const listing = (...there: readonly (readonly [id: string, text: string])[]) => {
  const stage = calmStage();
  const store = new MemoryStore(stage.time);
  const look = (): void => {
    for (const each of stage.steps.looks) each();
  };
  const comes = (id: string, text: string): void => {
    const connection = { id, user: 'alice', endpoint: '', capabilities: NO_CAPABILITIES };
    store.audiences.renewed(text, LIFETIME, () => new Audience()).put(connection);
    look();
  };
  const goes = (id: string, text: string): void => {
    store.audiences.get(text)?.delete(id);
    look();
  };
  for (const [id, text] of there) comes(id, text);
  const listed = new Listed(stage, store, { channel: 'x:1' });
  listed.asks();
  return { listed, comes, goes, problems: stage.problems };
};

describe('who lists the listeners of a channel', () => {
  it('is shown everyone once who is there throughout', () => {
    const { listed, problems } = listing(['c1', 'x:1'], ['c2', 'x:*'], ['c3', 'y']);
    listed.shown(['c1']);
    listed.asks();
    listed.shown(['c2']);
    listed.end();
    expect(problems).toEqual([]);
  });

  it('is shown nobody twice, and has nobody left out', () => {
    const { listed, problems } = listing(['c1', 'x:1'], ['c2', 'x:*']);
    listed.shown(['c1']);
    listed.asks();
    listed.shown(['c1']);
    listed.end();
    expect(problems).toEqual([
      'listing: of the listeners of x:1 c1 is on 2 pages, and was there throughout by x:1',
      'listing: of the listeners of x:1 c2 is on 0 pages, and was there throughout by x:*',
    ]);
  });

  it('may be shown who was there for a while, and may be not', () => {
    const { listed, comes, goes, problems } = listing(['c1', 'x:1'], ['c2', 'x:1'], ['c3', 'x:1']);
    goes('c1', 'x:1');
    comes('c4', 'x:1');
    goes('c2', 'x:1');
    comes('c2', 'x:*');
    comes('c3', 'x:*');
    goes('c3', 'x:*');
    listed.shown(['c1', 'c3']);
    listed.end();
    expect(problems).toEqual([]);
  });

  it('is shown nobody who was gone before the page was asked for, or came later', () => {
    const { listed, goes, problems } = listing(['c1', 'x:1'], ['c2', 'x:1']);
    goes('c1', 'x:1');
    listed.asks();
    listed.shown(['c1', 'c2', 'c3']);
    listed.end();
    expect(problems).toEqual([
      'listing: of the listeners of x:1 c1 is shown, which was not there',
      'listing: of the listeners of x:1 c3 is shown, which was not there',
    ]);
  });
});
