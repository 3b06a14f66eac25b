import type { Clock } from '../ports/clock.ts';
import type { Caller } from '../ports/connection.ts';
import { DependencyAway } from '../ports/dependency.ts';
import type { Directory } from '../ports/directory.ts';
import type { Identity } from '../ports/identity.ts';
import type { Exceeded, Kept, RateLimiter } from '../ports/rate-limiter.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { isOver, type Session } from '../protocol/session.ts';
import { holdingOf, messagesOf, workOf } from '../protocol/toll.ts';
import { exceeded } from './exceeded.ts';

/** What is asked before a frame is looked into. */
export interface AdmitWorld {
  readonly directory: Pick<Directory, 'find'>;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

/** Whether a session is of a back-end, as its limits have it. */
export const backEndOf = ({ backEnd }: Session): 'claimed' | undefined => (backEnd === true ? 'claimed' : undefined);

/**
 * Has a user pay what is owed for reads. Nothing more is sent with it, so that it comes to just that.
 *
 * @param connection - over which they were asked for; undefined for HTTP.
 * @returns the limit that it used up, if it did.
 */
export const payOwed = (
  { limiter }: Pick<AdmitWorld, 'limiter'>,
  { user, session }: Pick<Identity, 'user' | 'session'>,
  connection: string | undefined,
): Promise<Exceeded | undefined> =>
  limiter.take({ connection, user, backEnd: backEndOf(session), messages: new Map() });

/**
 * Counts what comes over HTTP against the limits of its user and of everyone.
 *
 * @param count - messages that it is, where it publishes: then it counts as of a back-end. Else it is one message.
 * @param work - points that it is beside.
 * @param kept - bytes that are kept of it.
 * @throws ProtocolError RATE_LIMIT_EXCEEDED
 */
export const admitRequest = async (
  { limiter }: Pick<AdmitWorld, 'limiter'>,
  { user, session }: Identity,
  type: string,
  count?: number,
  work = 0,
  kept?: Kept,
): Promise<void> => {
  const limit = await limiter.take({
    connection: undefined,
    user,
    backEnd: backEndOf(session) ?? (count === undefined ? undefined : 'unclaimed'),
    messages: new Map([[type, count ?? 1]]),
    work,
    ...(kept && { kept }),
  });
  if (limit !== undefined) throw exceeded(limit);
};

/** A caller that was let in. */
export interface Admitted extends Caller {
  /** Set if Redis is away: what it may do, and what it takes, is then what it was when the connection began. */
  readonly away?: DependencyAway;
}

/** The caller as it is known now; as the gateway knows it where Redis is away and its session has not ended. */
const current = async ({ directory, clock }: AdmitWorld, caller: Caller): Promise<Admitted | undefined> => {
  try {
    return await directory.find(caller);
  } catch (error) {
    if (!(error instanceof DependencyAway) || isOver(caller.session, clock.now())) throw error;
    return { ...caller, away: error };
  }
};

/** Whether a frame is one `auth`. What wraps one, or holds one among others, is not. */
const isRenewal = (frame: object | undefined): boolean =>
  frame !== undefined && 'type' in frame && frame.type === 'auth';

/**
 * Lets a frame in, or not: counts it against the limits and reads what its sender may do now, both in one round trip; in
 * none where it is known to be refused.
 *
 * @param frame - the frame’s JSON value; undefined for one that has none, which counts all the same.
 * @param bytes - of its text.
 * @returns the caller with the session and the capabilities it has now.
 * @throws ProtocolError SESSION_REVOKED, SESSION_EXPIRED, RATE_LIMIT_EXCEEDED
 * @throws DependencyAway
 */
export const admit = async (
  world: AdmitWorld,
  caller: Caller,
  frame: object | undefined,
  bytes: number,
): Promise<Admitted> => {
  const toll = {
    connection: caller.id,
    user: caller.user,
    backEnd: backEndOf(caller.session),
    messages: messagesOf(frame),
    work: workOf(frame, bytes),
    kept: holdingOf(frame, bytes),
  };
  const known = world.limiter.refuse(toll);
  if (known !== undefined) throw exceeded(known);
  const [found, limit] = await Promise.all([current(world, caller), world.limiter.take(toll)]);
  if (found === undefined) {
    throw new ProtocolError('SESSION_REVOKED', 'Your sessions were revoked; connect with a new token', {
      closes: true,
    });
  }
  if (limit !== undefined) throw exceeded(limit);
  // A session that has just ended can still be renewed, by a frame that does nothing else.
  if (isOver(found.session, world.clock.now()) && !isRenewal(frame)) {
    throw new ProtocolError('SESSION_EXPIRED', 'Your session has ended; connect with a new token', { closes: true });
  }
  return found;
};
