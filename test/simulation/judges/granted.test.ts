import { describe, expect, it } from 'vitest';
import { calmStage } from '../stage/calm-stage.ts';
import { Granted } from './granted.ts';

describe('a connection that is granted something else', () => {
  /** Who judges of one that is granted one channel alone, and events on it and on others. */
  const narrowed = () => {
    const stage = calmStage();
    const granted = new Granted(stage);
    const place = (channel: string) => ({ name: `${channel} at 1`, history: { channel }, epoch: 'e', offset: 1 });
    granted.appended(place('b'));
    stage.steps.count++;
    granted.renewed('c1', { issued: 0, expires: null, grants: { subscribe: ['a'], publish: [] } });
    stage.steps.count++;
    granted.appended(place('a'));
    granted.appended(place('c'));
    return { granted, problems: stage.problems };
  };
  const NAMES = ['a at 1', 'b at 1', 'c at 1'];

  it('is posted nothing more that this does not cover', () => {
    const { granted, problems } = narrowed();
    granted.posted('c1', NAMES);
    expect(problems).toEqual(['leaked: c1 is posted c at 1, which its session does not allow any more']);
  });

  it('has the session of its handshake again, if it comes back once all that is known of it was removed', () => {
    const { granted, problems } = narrowed();
    granted.removed('c1');
    granted.posted('c1', NAMES);
    expect(problems).toEqual([]);
  });
});
