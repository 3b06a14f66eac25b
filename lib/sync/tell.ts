import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { DependencyAway, Overloaded } from '../ports/dependency.ts';
import type { Meter } from '../ports/meter.ts';
import { doubling } from '../ports/retry-policy.ts';
import type { ServiceEvents, ServiceFact, Untold } from '../ports/service-events.ts';
import { parseChannel } from '../protocol/channel.ts';
import { concurrently } from './concurrently.ts';
import { Lateness } from './lateness.ts';
import { retry } from './retry.ts';

/** Subjects of a part that are looked at together, and those of them that are told of at a time. */
const ROUND = 100;
const WIDTH = 32;

/** What is told of a subject in one go. */
const PAGE = 100;

/** Milliseconds between two looks where nothing is to be told. */
const IDLE = 200;

/** Milliseconds before the next look, each time that something failed: full queues get no fuller by being asked. */
const PAUSES = doubling(IDLE, 3_200);

/**
 * Milliseconds for which what was read may be told. Frozen for longer, this worker would tell again what others told, when
 * nobody remembers that any more.
 */
const FRESH = 30_000;

/** What a worker tells with. */
export interface TellWorld {
  readonly serviceEvents: ServiceEvents;
  readonly bus: Pick<Bus, 'publish'>;
  readonly clock: Clock;
  readonly meter: Pick<Meter, 'set'>;
  /** Told of failures other than of a dependency that is away, or of a queue that is full. */
  readonly onFailure: (error: unknown) => void;
}

/** The channel on which a kind is told. */
export const serviceChannel = (kind: string): string => `$service:${kind}`;

/**
 * A fact as it is published. Its id is made from the fact: told again it is known.
 *
 * @param published - when it is told, milliseconds since 1970, however long ago it came true: ids are remembered by it.
 */
export const broadcastOfFact = ({ id, kind, what, data }: ServiceFact, published: number): Broadcast => ({
  id,
  channel: parseChannel(serviceChannel(kind)),
  category: what,
  priority: 'normal',
  data,
  published,
});

const isPassing = (error: unknown): boolean => error instanceof DependencyAway || error instanceof Overloaded;

/** Tells what is to be told of a subject, in order, each once the one before is safe. @returns how much it was. */
const tellOf = async (
  { serviceEvents, bus, clock }: TellWorld,
  untold: Untold,
  deadline: number,
  lag: Lateness,
): Promise<number> => {
  const { subject } = untold;
  const began = clock.elapsed();
  const facts = await serviceEvents.facts(subject, PAGE);
  for (const fact of facts) {
    if (clock.elapsed() > Math.min(deadline, began + FRESH)) break;
    try {
      await bus.publish(broadcastOfFact(fact, clock.now()));
    } catch (error) {
      lag.heldUp(subject, fact.at);
      throw error;
    }
    lag.told(fact.at);
    await serviceEvents.told(subject, fact);
  }
  lag.goesOn(subject);
  if (facts.length === 0) await serviceEvents.overlook(untold);
  return facts.length;
};

/**
 * Tells of the service what came true, until the deadline. It may be killed anywhere, and another may run beside it: what is
 * told twice has the same id, and everything of one subject is in order.
 *
 * @param deadline - milliseconds of `clock.elapsed`.
 * @throws DependencyAway where Redis is still away at the deadline.
 */
export const tell = async (world: TellWorld, deadline: number): Promise<void> => {
  const { serviceEvents, clock, meter, onFailure } = world;
  const lag = new Lateness(clock, meter, 'service_events_lag');
  let pauses = PAUSES[Symbol.iterator]();
  while (clock.elapsed() < deadline) {
    lag.measure();
    const untold = await retry(clock, deadline, () => serviceEvents.untold(ROUND));
    let failed = false;
    await concurrently(untold, WIDTH, async (each) => {
      if (failed || clock.elapsed() > deadline) return;
      try {
        await tellOf(world, each, deadline, lag);
      } catch (error) {
        failed = true;
        if (!isPassing(error)) onFailure(error);
      }
    });
    if (failed) await clock.sleep(pauses.next().value);
    else {
      pauses = PAUSES[Symbol.iterator]();
      if (untold.length === 0) await clock.sleep(IDLE);
    }
  }
};
