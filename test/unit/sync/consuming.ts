import { MemoryBell } from '../../../lib/memory/bell.ts';
import { MemoryConsumers } from '../../../lib/memory/consumers.ts';
import { MemoryHistory } from '../../../lib/memory/history.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import type { Identity } from '../../../lib/ports/identity.ts';
import type { Grants } from '../../../lib/protocol/grants.ts';
import { type ConsumerAsked, MAX_PULL_BYTES, type PullAsked } from '../../../lib/protocol/http/consumers.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { putConsumer } from '../../../lib/sync/consume/consumers.ts';
import { type Pulled, pull } from '../../../lib/sync/consume/pull.ts';
import { ReadsInTurn } from '../../../lib/sync/reads-in-turn.ts';
import { WatchedLimiter } from './watched-limiter.ts';
import { event } from './world.ts';

export const identity = (user = 'backend', grants?: Grants): Identity => ({
  user,
  admin: false,
  session: { ...openSession(0), backEnd: true, ...(grants === undefined ? {} : { grants }) },
});

/** A service with its histories, and a back-end that follows them. */
export const consuming = (maxEvents = 1_000) => {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const history = new MemoryHistory(
    store,
    { enabled: true, retention: 86_400_000, maxEvents },
    new MemoryMeter(),
    clock,
  );
  const limiter = new WatchedLimiter();
  const bell = new MemoryBell(store);
  const meter = new MemoryMeter();
  const consumers = new MemoryConsumers(store);
  const world = { consumers, history, bell, limiter, reads: new ReadsInTurn(), clock, meter };
  let count = 0;
  const append = async (channel: string, events = 1, data = '{}'): Promise<void> => {
    await history.append(Array.from({ length: events }, () => event(channel, `${++count}`, { data })));
    bell.ring([channel]);
  };
  const me = identity();
  const put = (name: string, asked: Partial<ConsumerAsked> & Pick<ConsumerAsked, 'patterns'>) =>
    putConsumer(world, me, name, { since: 'now', ...asked });
  const pulling = (name: string, asked: Partial<PullAsked> = {}): Promise<Pulled> =>
    pull(world, me, name, { limit: 100, bytes: MAX_PULL_BYTES, wait: 0, lease: 30_000, ...asked });
  const during = <T>(work: () => Promise<T>): Promise<T> => clock.run(work());
  return { clock, store, meter, history, limiter, world, append, put, pull: pulling, me, during };
};

/** Channel and offset of each event. */
export const places = ({ events }: Pulled): readonly string[] =>
  events.map(({ channel, offset }) => `${channel} ${offset}`);
