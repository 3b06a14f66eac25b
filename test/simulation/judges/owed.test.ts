import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import { NO_CAPABILITIES } from '../../../lib/protocol/capabilities.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { nameOf, Owed } from './owed.ts';

const EPOCH = 'epoch-1';
const CALLER = {
  ...{ id: 'c1', user: 'bob', endpoint: 'http://gateway' },
  ...{ capabilities: NO_CAPABILITIES, session: openSession(0) },
};

/** A store in which one connection listens to a channel, with what it is owed. */
const listening = async () => {
  const store = new MemoryStore(new VirtualClock());
  await new MemorySubscriptions(store, 10).add(CALLER, [{ text: 'a', found: 'by-name' }], 10);
  const owed = new Owed(store, ['a']);
  const append = (offset: number, id: string, isNamed: boolean): void => {
    const event = { id, epoch: EPOCH, offset, category: 'a', priority: 'normal', data: '{}', timestamp: 0 } as const;
    store.events.set('a', [...(store.events.get('a') ?? []), event], 1_000_000);
    const place = { history: { channel: 'a' }, epoch: EPOCH, offset };
    owed.appended({ name: nameOf(place.history, place), ...place }, id, isNamed);
  };
  const subscribed = (): void => owed.subscribed('c1', 'bob', { a: { epoch: EPOCH, offset: 0 } });
  return { owed, append, subscribed };
};

describe('what a connection is owed behind the position that it is told', () => {
  it('is what nobody named where that stands last', async () => {
    const { owed, append, subscribed } = await listening();
    append(1, 'e', false);
    append(2, 'e', false);
    subscribed();
    expect(owed.problems(new Set())).toEqual(['not posted: c1 was never posted a at 2 of epoch-1']);
  });

  it('is all that was named', async () => {
    const { owed, append, subscribed } = await listening();
    append(1, 'e', true);
    append(2, 'f', true);
    subscribed();
    expect(owed.problems(new Set())).toHaveLength(2);
  });
});
