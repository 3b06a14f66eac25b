import type { Clock } from '../ports/clock.ts';
import type { Exceeded, RateLimiter } from '../ports/rate-limiter.ts';
import { EXCEEDED_EACH, type ServiceEvents } from '../ports/service-events.ts';

/** Users of whom this process remembers that it was told. */
const MOST_KNOWN = 10_000;

/**
 * A limiter that has it told where a limit was reached: of each user once a minute, whichever it was.
 *
 * @param onFailure - told of a failure; nobody is let through or refused for it.
 */
export const tellingLimiter = (
  limiter: RateLimiter,
  serviceEvents: Pick<ServiceEvents, 'exceeded'>,
  clock: Clock,
  onFailure: (error: unknown) => void,
): RateLimiter => {
  /** Until when it need not be said again, by user: milliseconds of `clock.elapsed`. */
  const known = new Map<string, number>();
  const tell = async (user: string, limit: Exceeded | undefined): Promise<void> => {
    const now = clock.elapsed();
    if (limit === undefined || (known.get(user) ?? 0) > now) return;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(user, now + EXCEEDED_EACH);
    try {
      await serviceEvents.exceeded(user, limit.level);
    } catch (error) {
      known.delete(user);
      onFailure(error);
    }
  };
  const told = async (user: string, taken: Promise<Exceeded | undefined>): Promise<Exceeded | undefined> => {
    const limit = await taken;
    await tell(user, limit);
    return limit;
  };
  return {
    take: (toll) => told(toll.user, limiter.take(toll)),
    takeHandshake: (user) => told(user, limiter.takeHandshake(user)),
    owe: (user, work) => limiter.owe(user, work),
    refuse: (toll) => {
      const limit = limiter.refuse(toll);
      void tell(toll.user, limit);
      return limit;
    },
  };
};
