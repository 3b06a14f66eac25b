import type { Caller } from '../ports/connection.ts';
import type { Directory } from '../ports/directory.ts';
import type { Authenticator } from '../ports/identity.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { maySubscribe } from '../protocol/grants.ts';
import type { Auth, AuthenticatedMessage } from '../protocol/messages/auth.ts';
import { readPattern } from '../protocol/pattern.ts';

interface World {
  readonly directory: Directory;
  /** Undefined where clients are taken at their word. */
  readonly authenticator: Authenticator | undefined;
}

/**
 * Gives a connection the session of another token of its user. Subscriptions that the new session does not allow are
 * ended here, so that whatever is held is allowed, and nobody else need look.
 *
 * @throws ProtocolError NOT_AVAILABLE, INVALID_TOKEN, UNAVAILABLE
 * @throws DependencyAway
 */
export const authenticate = async (
  { directory, authenticator }: World,
  caller: Caller,
  { requestId, token }: Auth,
): Promise<AuthenticatedMessage> => {
  if (authenticator === undefined) throw new ProtocolError('NOT_AVAILABLE', 'Tokens are not checked here');
  const identity = await authenticator.identify(token);
  if (typeof identity === 'string') throw new ProtocolError('INVALID_TOKEN', 'The token is not accepted');
  if (identity.user !== caller.user) throw new ProtocolError('INVALID_TOKEN', 'The token is another user’s');

  const { session } = identity;
  const ended = await directory.renew(caller, session, (text) => maySubscribe(session.grants, readPattern(text)));
  if (ended === 'other-session') {
    throw new ProtocolError('UNAVAILABLE', 'The session was renewed meanwhile; ask again', { retryAfter: 0 });
  }
  return { type: 'authenticated', requestId, expires: session.expires, ended };
};
