import type { Caller } from '../ports/connection.ts';
import type { Connections } from '../ports/connections.ts';
import type { Authenticator } from '../ports/identity.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { maySubscribe } from '../protocol/grants.ts';
import type { Auth, AuthenticatedMessage } from '../protocol/messages/auth.ts';
import { parsePattern } from '../protocol/pattern.ts';

interface World {
  readonly connections: Connections;
  readonly subscriptions: Subscriptions;
  /** Undefined where clients are taken at their word. */
  readonly authenticator: Authenticator | undefined;
}

/**
 * Gives a connection the session of another token of its user. Subscriptions that the new session does not allow are
 * ended here, so that whatever is held is allowed, and nobody else need look.
 *
 * @throws ProtocolError NOT_AVAILABLE, INVALID_TOKEN
 * @throws DependencyAway
 */
export const authenticate = async (
  { connections, subscriptions, authenticator }: World,
  caller: Caller,
  { requestId, token }: Auth,
): Promise<AuthenticatedMessage> => {
  if (authenticator === undefined) throw new ProtocolError('NOT_AVAILABLE', 'Tokens are not checked here');
  const identity = await authenticator.identify(token);
  if (identity === undefined) throw new ProtocolError('INVALID_TOKEN', 'The token is not accepted');
  if (identity.user !== caller.user) throw new ProtocolError('INVALID_TOKEN', 'The token is another user’s');

  // First the session: from then on a subscription that was allowed under the old one is refused.
  const { session } = identity;
  await connections.open({ ...caller, session });
  const held = await subscriptions.held(caller.id);
  const ended = held.filter((text) => !maySubscribe(session.grants, parsePattern(text)));
  await subscriptions.remove(caller, ended);
  return { type: 'authenticated', requestId, expires: session.expires, ended };
};
