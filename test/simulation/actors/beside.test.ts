import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../lib/memory/store.ts';
import type { ServiceFact } from '../../../lib/ports/service-events.ts';
import { Cuts } from '../judges/cuts.ts';
import { Followed } from '../judges/followed.ts';
import { Granted } from '../judges/granted.ts';
import { Kept } from '../judges/kept.ts';
import { Told } from '../judges/told.ts';
import { ForeignQueues } from '../service/foreign-queues.ts';
import { calmStage } from '../stage/calm-stage.ts';

const staged = () => {
  const stage = calmStage();
  return { stage, store: new MemoryStore(stage.time) };
};

const event = (offset: number, id = `e${offset}`) => ({
  ...{ id, offset, epoch: 'epoch-1', timestamp: 1_000 + offset, data: '{}' },
  ...({ category: 'a', priority: 'normal' } as const),
});

describe('a queue of a back-end', () => {
  const QUEUE = { topics: '#', pattern: '**', isPrivate: false, capacity: 100 };
  const hearing = async (...offsets: readonly number[]): Promise<readonly string[]> => {
    const { stage, store } = staged();
    const queues = new ForeignQueues(stage, store, [QUEUE], 100, false);
    for (const offset of offsets) await queues.event({ channel: 'a' }, event(offset));
    await stage.time.advance(1_000);
    return stage.problems;
  };

  it('may hear again what it has heard', async () => {
    expect(await hearing(1, 2, 1, 2, 3)).toEqual([]);
  });

  it('is not heard to lack anything, also at the beginning', async () => {
    expect(await hearing(1, 3)).toEqual(['way out: queue-1 hears 3 of epoch-1 on a, where 2 is the next']);
    expect(await hearing(2)).toEqual(['way out: queue-1 hears 2 of epoch-1 on a, where 1 is the next']);
  });

  it('has heard all that stands in the history when all is at rest', async () => {
    const { stage, store } = staged();
    const queues = new ForeignQueues(stage, store, [QUEUE], 100, false);
    store.counters.set('a', { epoch: 'epoch-1', offset: 2, timestamp: 0, trimmed: undefined }, 1_000_000);
    await queues.event({ channel: 'a' }, event(1));
    await stage.time.advance(1_000);
    expect(queues.problems([{ channel: 'a' }])).toHaveLength(1);
    await queues.gap({ channel: 'a' }, { epoch: 'epoch-1', from: 2, to: 2 });
    await stage.time.advance(1_000);
    expect(queues.problems([{ channel: 'a' }])).toEqual([]);
  });
});

describe('a named consumer', () => {
  const FOLLOWED = ['a'];
  const following = () => {
    const { stage, store } = staged();
    store.events.set('a', [event(1), event(2), event(3)], 1_000_000);
    const cuts = new Cuts(store, 1);
    const kept = new Kept(stage, store, 1, false);
    const followed = new Followed(stage, { store, cuts, kept, channels: FOLLOWED, areLeasesSure: true });
    followed.asksFor(FOLLOWED);
    followed.follows(FOLLOWED);
    store.counters.set('a', { epoch: 'epoch-1', offset: 3, timestamp: 0, trimmed: undefined }, 1_000_000);
    const hand = (fence: number, ...offsets: readonly number[]): void => {
      followed.leased(fence);
      const events = offsets.map((offset) => ({ type: 'event' as const, channel: 'a', ...event(offset) }));
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

describe('what is told of the service', () => {
  const fact = (what: string, number: number): ServiceFact => ({
    ...{ id: `${what} channel,a ${number}`, kind: 'channels', what, at: number, data: '{"channel":"a"}' },
    written: `${number}`,
  });
  const telling = (...facts: readonly ServiceFact[]) => {
    const { stage, store } = staged();
    const told = new Told(stage, store, new Set(['channels'] as const), true);
    const events = facts.map(({ id, what, data }, n) => ({ ...event(n + 1, id), category: what, data }));
    store.events.set('$service:channels', events, 1_000_000);
    return { stage, told };
  };
  const NOBODY: ReadonlySet<string> = new Set();
  const [occupied, vacated] = [fact('occupied', 1), fact('vacated', 2)];

  it('is one end for each occupancy', () => {
    expect(telling(occupied, vacated).told.problems(NOBODY, NOBODY, true)).toEqual([]);
    expect(telling(occupied).told.problems(NOBODY, NOBODY, true)).toEqual(['telling: a is still told as occupied']);
    expect(telling(occupied, vacated, fact('vacated', 3)).told.problems(NOBODY, NOBODY, true)).toEqual([
      'telling: a is told as vacated when it was that before',
    ]);
  });

  it('is all that came true, in order, and counts as told once somebody has it', () => {
    const { stage, told } = telling(vacated, occupied);
    told.read('channel,a', [occupied, vacated]);
    expect(told.problems(NOBODY, NOBODY, true)[0]).toContain('of channel,a came true occupied');
    told.published(occupied.id, stage.time.now());
    told.tookAway(occupied);
    told.tookAway(vacated);
    expect(stage.problems).toEqual([`telling: ${vacated.id} counts as told, and nobody has it`]);
  });
});

describe('what is told of the service again', () => {
  /** Told again so many milliseconds after it was published first: it stood still for some of them before the broker took it. */
  const toldAgain = async (after: number): Promise<readonly string[]> => {
    const { stage, store } = staged();
    const told = new Told(stage, store, new Set(['parked'] as const), true);
    const id = 'parked message,a 1';
    store.events.set('$service:parked', [event(1, id), event(2, id)], 1_000_000);
    const published = stage.time.now();
    await stage.time.advance(90_000);
    told.published(id, published);
    await stage.time.advance(after - 90_000);
    told.published(id, stage.time.now());
    return told.problems(new Set(), new Set(), true);
  };

  it('is known for five minutes after it was published, which is before the broker took it', async () => {
    expect(await toldAgain(299_000)).toEqual(['telling: parked message,a 1 was told twice']);
    expect(await toldAgain(300_000)).toEqual([]);
  });
});

describe('a connection that is granted something else', () => {
  /** Who judges of one that is granted one channel alone, and events on it and on others. */
  const narrowed = () => {
    const { stage } = staged();
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
