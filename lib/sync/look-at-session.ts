import type { Directory } from '../ports/directory.ts';
import type { Identity } from '../ports/identity.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import { ProtocolError } from '../protocol/errors.ts';
import type { SessionLook } from '../protocol/http/session-look.ts';
import { CONNECTIONS_PAUSE } from '../protocol/limits.ts';
import { admitRequest } from './admit.ts';

interface World {
  readonly directory: Pick<Directory, 'countOf'>;
  readonly limiter: RateLimiter;
}

/** What a handshake would find. */
type Found = Pick<SessionLook, 'userId' | 'expires' | 'connections'>;

/**
 * Says what would become of a handshake with the same token, whose refusal a page cannot read. It counts as one message,
 * and changes nothing.
 *
 * @param most - connections of one user.
 * @throws ProtocolError TOO_MANY_CONNECTIONS, RATE_LIMIT_EXCEEDED
 * @throws DependencyAway
 */
export const lookAtSession = async (world: World, identity: Identity, most: number): Promise<Found> => {
  const { user, session } = identity;
  await admitRequest(world, identity, 'session');
  const connections = await world.directory.countOf(user);
  if (connections >= most) {
    const message = `The user has ${connections} connections, and may have ${most}`;
    throw new ProtocolError('TOO_MANY_CONNECTIONS', message, { retryAfter: CONNECTIONS_PAUSE });
  }
  return { userId: user, expires: session.expires, connections };
};
