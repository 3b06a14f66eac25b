import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Scratch } from '../ports/scratch.ts';
import { admitRequest } from './admit.ts';

interface World {
  readonly scratch: Pick<Scratch, 'issueTicket'>;
  readonly limiter: RateLimiter;
}

/**
 * A ticket for a handshake, under the limits of its user: each is a key in Redis.
 *
 * @throws ProtocolError RATE_LIMIT_EXCEEDED
 * @throws DependencyAway
 */
export const issueTicket = async (world: World, identity: Identity): Promise<string> => {
  await admitRequest(world, identity, 'ticket');
  return world.scratch.issueTicket(identity);
};
