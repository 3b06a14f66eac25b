import { describe, expect, it } from 'vitest';
import { MemoryMeter } from '../../lib/memory/meter.ts';
import { MemoryStore } from '../../lib/memory/store.ts';
import { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import { topologyOf } from '../../lib/rabbitmq/topology.ts';
import { EVERYTHING, type Seen } from '../faults/checker.ts';
import { judge, stateProblems } from './judge.ts';
import { Broker } from './service/broker.ts';

const FAILED_OVER = { ...EVERYTHING, publisherOrder: false, historyMayLose: true };

/** When the one broadcast is sent. */
const SENT = 1_000;

const sent: readonly Seen[] = [
  { type: 'sent', at: SENT, id: 'e', channel: 'a', publisher: 'back-end', sequence: 1 },
  { type: 'acked', at: SENT, id: 'e' },
];

const listens = (listener: string): Seen => ({ type: 'listening', at: 0, listener, user: 'bob', channels: ['a'] });

const hears = (listener: string, at: number, offset: number): Seen => {
  return { type: 'heard', at, listener, channel: 'a', id: 'e', epoch: 'epoch-1', offset, private: false };
};

/** Judges a run in which one broadcast without an id was appended at some offsets, behind what was lost. */
const judged = (seen: readonly Seen[], offsets: readonly number[]): readonly string[] => {
  const store = new MemoryStore(new VirtualClock());
  const event = { id: '', category: 'a', priority: 'normal', data: '{"id":"e"}', timestamp: SENT } as const;
  const events = offsets.map((offset) => ({ ...event, id: `${offset}`, epoch: 'epoch-1', offset }));
  store.events.set('a', events, 1_000_000);
  const about = { store, channels: ['a'], users: [], bare: new Set(['e']), promises: FAILED_OVER };
  return judge({ ...about, seen: [...sent, ...seen] });
};

describe('what is published without an id, where Redis fails over', () => {
  it('is heard by whoever hears a copy of it, though the first was lost to it with the place', () => {
    expect(judged([listens('bob'), hears('bob', 2_000, 2)], [1, 2])).toEqual([]);
  });

  it('is lost to whoever hears no copy', () => {
    const seen = [listens('alice'), listens('bob'), hears('bob', 2_000, 2)];
    expect(judged(seen, [1, 2])).toEqual(['lost: alice never heard e']);
  });

  it('was sent before whoever hears it again had unsubscribed, though another hears it again later', () => {
    const ended: Seen = { type: 'ended', at: 3_000, listener: 'carol' };
    const told: Seen = { type: 'gap', at: 1_900, listener: 'bob', channel: 'a' };
    const ofCarol = [hears('carol', 1_500, 1), hears('carol', 2_000, 1), ended];
    expect(judged([listens('bob'), hears('bob', 1_500, 1), told, ...ofCarol, hears('bob', 3_500, 1)], [1])).toEqual([]);
  });

  it('leaks to whoever had unsubscribed before it was sent', () => {
    const ended: Seen = { type: 'ended', at: 500, listener: 'carol' };
    expect(judged([ended, hears('carol', 2_000, 1)], [1])).toEqual(['leaked: carol heard e after it had unsubscribed']);
  });
});

describe('a connection that is open, and of which the service has no record', () => {
  const judgedAtRest = (about: object, wanted: readonly string[]): readonly string[] => {
    const none = { evicted: new Set<string>(), uncounted: new Set(['c1']), forgotten: new Set<string>(), texts: [] };
    return stateProblems({
      ...{
        store: new MemoryStore(new VirtualClock()),
        meter: new MemoryMeter(),
        unreadable: new Map(),
        bare: new Set<string>(),
        ...none,
      },
      ...{ broker: new Broker([topologyOf({ shards: 1 })]), open: new Map([['c1', new Set(wanted)]]) },
      ...{ wasFalselyGone: false, mayHoldMore: false, mayForget: false, isCleared: false, ...about },
    });
  };
  const lacking = ['connections that are looked for: nothing, and not c1', 'the record of c1: false, and not true'];

  it('is one that was forgotten where Redis forgot it, or the gateway said that it is gone, and it is subscribed to nothing', () => {
    expect(judgedAtRest({ mayForget: true }, [])).toEqual([]);
    expect(judgedAtRest({ forgotten: new Set(['c1']) }, [])).toEqual([]);
  });

  it('is one that something is wrong with else', () => {
    expect(judgedAtRest({}, [])).toEqual(lacking);
    expect(judgedAtRest({ forgotten: new Set(['c2']) }, [])).toEqual(lacking);
    expect(judgedAtRest({ forgotten: new Set(['c1']) }, ['a'])).toEqual([
      ...lacking,
      'the list of c1: nothing, and not a',
    ]);
  });
});
