import { MemoryBacklog } from '../../../lib/memory/backlog.ts';
import { MemoryServiceEvents } from '../../../lib/memory/service-events.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Announced, Backlog } from '../../../lib/ports/backlog.ts';
import type { Bus } from '../../../lib/ports/bus.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import type { History } from '../../../lib/ports/history.ts';
import type { Meter } from '../../../lib/ports/meter.ts';
import type { RateLimiter } from '../../../lib/ports/rate-limiter.ts';
import type { ServiceEventKind, ServiceEvents } from '../../../lib/ports/service-events.ts';
import { announce } from '../../../lib/sync/announce/announce.ts';
import { tell } from '../../../lib/sync/tell.ts';
import { tellingParking } from '../../../lib/sync/tell-parked.ts';
import { tellingLimiter } from '../../../lib/sync/telling-limiter.ts';
import type { Followed } from '../judges/followed.ts';
import { type Told, WatchedServiceEvents } from '../judges/told.ts';
import { judged, OneAtATime, WatchedBacklog } from '../judges/way-out.ts';
import type { Environment, Stage } from '../stage/environment.ts';
import type { ForeignQueues } from './foreign-queues.ts';

/** What a port over the store is replicated by, where anything is. */
export type Over = <T extends object>(port: T, again: (store: MemoryStore, clock: Clock) => T) => T;

const REDIS = { dependency: 'redis' } as const;

/** Parts of the backlog that any shard has; nothing is ever in the others. */
const PARTS = 4;

interface OutwardParts {
  readonly store: MemoryStore;
  readonly announced: Announced;
  readonly queues: ForeignQueues;
  readonly kinds: ReadonlySet<ServiceEventKind>;
  readonly told: Told;
  readonly hasConsumers: boolean;
  readonly followed: Followed;
}

/** What an environment needs to work with. */
interface Ports {
  readonly history: History;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly over: Over;
}

/** The ways out of the service: what back-ends hear, and what it tells of itself, as the functions have them. */
export class Outward {
  readonly #stage: Stage;
  readonly #parts: OutwardParts;
  readonly #turns: OneAtATime;

  constructor(stage: Stage, parts: OutwardParts) {
    this.#stage = stage;
    this.#parts = parts;
    this.#turns = new OneAtATime(stage);
  }

  get announced(): Announced {
    return this.#parts.announced;
  }

  get kinds(): ReadonlySet<ServiceEventKind> {
    return this.#parts.kinds;
  }

  get followed(): Followed {
    return this.#parts.followed;
  }

  get hasConsumers(): boolean {
    return this.#parts.hasConsumers;
  }

  /** Whether the function `appended` has something to do at all. */
  get isOn(): boolean {
    return this.announced.enabled || this.kinds.size > 0;
  }

  #backlogIn(here: Environment, over: Over): { readonly backlog: Backlog; readonly own: WatchedBacklog } {
    const { store } = this.#parts;
    const own = new WatchedBacklog(this.#stage, store, here, this.#turns);
    const straight = over<MemoryBacklog>(own, (other, then) => new MemoryBacklog(other, then));
    const called = here.through(straight, 'backlog', REDIS, { passed: ['age'] });
    const backlog: Backlog = {
      note: (shard, names) => called.note(shard, names),
      claim: (part) => (part < PARTS ? called : straight).claim(part),
      waiting: (watch, most) => (watch.part < PARTS ? called : straight).waiting(watch, most),
      postpone: (watch, waiting, pause) => called.postpone(watch, waiting, pause),
      takeUp: (watch, name) => called.takeUp(watch, name),
      advance: (watch, name, from, to) => called.advance(watch, name, from, to),
      settle: (watch, waiting) => called.settle(watch, waiting),
      age: () => straight.age(),
    };
    return { backlog, own };
  }

  #serviceEventsIn(
    here: Environment,
    over: Over,
  ): { readonly events: ServiceEvents; readonly own: WatchedServiceEvents } {
    const { store, told } = this.#parts;
    const own = new WatchedServiceEvents(this.#stage, store, told);
    const straight = over<MemoryServiceEvents>(own, (other) => new MemoryServiceEvents(other));
    return { events: here.through(straight, 'serviceEvents', REDIS, { passed: ['age'] }), own };
  }

  /** Where the fan-out notes what is to be announced. */
  announcing(here: Environment, over: Over) {
    if (!this.announced.enabled) return {};
    return { announcing: { backlog: this.#backlogIn(here, over).backlog, which: this.announced } };
  }

  tellingLimits(limiter: RateLimiter, here: Environment, over: Over): RateLimiter {
    if (!this.kinds.has('limits')) return limiter;
    return tellingLimiter(limiter, this.#serviceEventsIn(here, over).events, here.clock, () => undefined);
  }

  tellingParking(parking: Pick<Bus, 'park'>, here: Environment, over: Over): Pick<Bus, 'park'> {
    if (!this.kinds.has('parked')) return parking;
    return tellingParking(parking, this.#serviceEventsIn(here, over).events, () => undefined);
  }

  /** What the function `appended` does until a deadline, milliseconds since the plan began. */
  working(
    { history, bus, clock, meter, over }: Ports,
    here: Environment,
    onFailure: (error: unknown) => void,
  ): (deadline: number) => Promise<void> {
    const { queues } = this.#parts;
    const { backlog, own } = this.#backlogIn(here, over);
    const { events, own: facts } = this.#serviceEventsIn(here, over);
    const called = here.through(queues, 'announcer', { dependency: 'rabbitmq' }, { passed: queues.beside });
    const announcer = judged(called, here, this.#turns);
    const announcing = { backlog, history, announcer, clock, meter, onFailure };
    const telling = { serviceEvents: events, bus, clock, meter, onFailure };
    return async (deadline) => {
      own.until = deadline;
      facts.until = deadline;
      await Promise.all([
        this.announced.enabled && announce(announcing, deadline),
        this.kinds.size > 0 && tell(telling, deadline),
      ]);
    };
  }
}
