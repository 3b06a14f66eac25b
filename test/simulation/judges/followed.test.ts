import { describe, expect, it } from 'vitest';
import { calmStore, storedEvent } from '../stage/calm-stage.ts';
import { Cuts } from './cuts.ts';
import { Followed } from './followed.ts';
import { Kept } from './kept.ts';

describe('a named consumer', () => {
  const FOLLOWED = ['a'];
  const following = () => {
    const { stage, store } = calmStore();
    store.events.set('a', [storedEvent(1), storedEvent(2), storedEvent(3)], 1_000_000);
    const cuts = new Cuts(store, 1);
    const kept = new Kept(stage, store, 1, false);
    const followed = new Followed(stage, { store, cuts, kept, channels: FOLLOWED, areLeasesSure: true });
    followed.asksFor(FOLLOWED);
    followed.follows(FOLLOWED);
    store.counters.set('a', { epoch: 'epoch-1', offset: 3, timestamp: 0, trimmed: undefined }, 1_000_000);
    const hand = (fence: number, ...offsets: readonly number[]): void => {
      followed.leased(fence);
      const events = offsets.map((offset) => ({ type: 'event' as const, channel: 'a', ...storedEvent(offset) }));
      followed.handed('worker-1', { fence, events, gaps: [] }, stage.time.elapsed() + 1_000);
    };
    return { stage, followed, hand };
  };

  it('leaves nothing out of what is acknowledged', () => {
    const { stage, followed, hand } = following();
    hand(1, 1, 2);
    followed.acknowledged(1);
    expect(followed.behind).toEqual(['consumer: a is acknowledged up to 2 of 3']);
    hand(2, 2, 3);
    followed.acknowledged(2);
    expect([stage.problems, followed.behind]).toEqual([[], []]);
    const skipping = following();
    skipping.hand(1, 2);
    skipping.followed.acknowledged(1);
    expect(skipping.stage.problems).toEqual(['consumer: 2 of a was acknowledged, where 1 is the next']);
  });

  it('takes nothing from who lost the lease, and gives it to nobody else while it goes on', async () => {
    const { stage, followed, hand } = following();
    hand(1, 1);
    await stage.time.advance(400);
    followed.leased(2);
    followed.acknowledged(1);
    expect(stage.problems).toEqual([
      'consumer: 2 has the lease, though that of 1 goes on for 600 ms',
      'consumer: 1 was acknowledged, though it had lost the lease',
    ]);
  });
});
