import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isAdminKey, keyOf } from '../lib/auth/administrator.ts';
import { headerOf } from '../lib/auth/credentials.ts';
import { identify, type Shortcoming } from '../lib/auth/identify.ts';
import { kept } from '../lib/composition/secrets.ts';
import { adminKey } from '../lib/config/variables.ts';
import type { Authenticator, Identity } from '../lib/ports/identity.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { json, type Route, refused } from './http.ts';

type Answer = APIGatewayProxyStructuredResultV2;

/** A ticket opens a WebSocket and nothing else. */
const noTickets = { scratch: { redeemTicket: async () => undefined }, directory: { isRevoked: async () => true } };

const MESSAGES: Readonly<Record<Shortcoming, string>> = {
  missing: 'Send a token: Authorization: Bearer TOKEN',
  expired: 'The time of the token has passed; send a fresh one',
  revoked: 'The sessions of this user were revoked after the token was issued; send a fresh one',
  forged: 'The token is not to be believed: its signature, issuer, audience, times or claims are not those wanted here',
};

const WRONG_KEY = 'The key in x-api-key is wrong: it is not that of ADMIN_KEY here, or none is set';

/** @param message - of what else is shown, where that says more than what is wrong with the token. */
const unauthenticated = (token: Shortcoming, message = MESSAGES[token]): Answer => {
  const { headers, ...rest } = json(401, { error: { code: 'UNAUTHENTICATED', message, token } });
  return { ...rest, headers: { ...headers, 'www-authenticate': 'Bearer' } };
};

const identityOf = (
  authenticator: Authenticator | undefined,
  { headers, queryStringParameters }: APIGatewayProxyEventV2,
): Promise<Identity | Shortcoming> => {
  const { ticket: _, ...query } = queryStringParameters ?? {};
  return identify({ authenticator, ...noTickets }, { headers, query }, systemClock.now());
};

/**
 * A route for whoever shows a token. Nothing of the request is looked at before.
 *
 * @param otherwise - what to tell whoever shows none to be believed, instead of what is wrong with the token.
 */
export const forUsers =
  (
    authenticator: Authenticator | undefined,
    route: (event: APIGatewayProxyEventV2, identity: Identity) => Promise<Answer>,
    otherwise: (event: APIGatewayProxyEventV2) => string | undefined = () => undefined,
  ): Route =>
  async (event) => {
    const identity = await identityOf(authenticator, event).catch(refused);
    if (typeof identity === 'string') return unauthenticated(identity, otherwise(event));
    return 'session' in identity ? route(event, identity) : identity;
  };

/** A route for back-ends, by the claim of their token, and for administrators. */
export const forBackEnds = (
  authenticator: Authenticator | undefined,
  route: (event: APIGatewayProxyEventV2, identity: Identity) => Promise<Answer>,
): Route =>
  forUsers(authenticator, async (event, identity) =>
    identity.admin || identity.session.backEnd === true
      ? route(event, identity)
      : json(403, { error: { code: 'FORBIDDEN', message: 'This is for back-ends and administrators' } }),
  );

/** A route for administrators: by their token, or by the key. */
export const forAdministrators = (authenticator: Authenticator | undefined, route: Route): Route => {
  const byToken = forUsers(
    authenticator,
    async (event, { admin }) =>
      admin ? route(event) : json(403, { error: { code: 'FORBIDDEN', message: 'This is for administrators' } }),
    ({ headers }) => (headerOf(headers, 'x-api-key') === undefined ? undefined : WRONG_KEY),
  );
  const key = kept(adminKey);
  return async (event) => ((await isAdminKey(keyOf(event.headers), key)) ? route(event) : byToken(event));
};
