import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Encoder } from '../protocol/codec/encoder.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { errorMessage } from '../protocol/messages/error.ts';
import { concurrently } from './concurrently.ts';
import { dismiss } from './dismiss.ts';

interface World {
  readonly directory: Directory;
  readonly gateway: Gateway;
  readonly encoder: Encoder;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

interface RevokeWorld extends World {
  /** Milliseconds by which the clock of who issues tokens may be ahead. */
  readonly clockTolerance: number;
}

const WIDTH = 32;

/** Connections closed in one run; the others are in the next. */
const MOST = 3_000;

/** Tells each why, closes it, and removes what it left. @returns how many could not be told, and are found again. */
const end = async (
  world: World,
  some: readonly Connection[],
  reason: 'expired' | 'revoked',
  text: string,
): Promise<number> => {
  const code = reason === 'expired' ? 'SESSION_EXPIRED' : 'SESSION_REVOKED';
  const message = errorMessage(new ProtocolError(code, text), undefined);
  let left = 0;
  await concurrently(some, WIDTH, async (connection) => {
    await world.directory.because(connection.id, reason);
    const dismissed = await dismiss(world, connection, message);
    if (dismissed === 'closed') await world.directory.close(connection.id, reason);
    // Nothing more is posted to it, and its socket is closed later.
    else if (dismissed === 'unclosed') await world.directory.leave(connection, reason);
    else left++;
  });
  return left;
};

/**
 * Closes the connections whose session has ended, whatever they do. What is left over is closed by the next run.
 *
 * @returns how many were found.
 * @throws DependencyAway where Redis is away.
 */
export const endExpired = async (world: World): Promise<number> => {
  const ended = await world.directory.ended(world.clock.now(), MOST);
  await end(world, ended, 'expired', 'Your session has ended; connect with a new token');
  return ended.length;
};

/**
 * Revokes every session of a user that was granted up to now, and closes its connections. One whose token was issued up to
 * now by a clock that is ahead is over as well; so may be one that is issued just after this.
 *
 * @returns how many were closed.
 * @throws DependencyAway where not all could be; no frame of theirs is taken all the same, and repeating it closes the rest.
 */
export const revoke = async (world: RevokeWorld, user: string): Promise<number> => {
  const open = await world.directory.revoke(user, world.clock.now() + world.clockTolerance);
  const left = await end(world, open, 'revoked', 'Your sessions were revoked; connect with a new token');
  if (left > 0) throw new DependencyAway('gateway', new Error(`${left} connections could not be closed`));
  return open.length;
};
