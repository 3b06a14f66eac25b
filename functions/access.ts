import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isAdminKey, keyOf } from '../lib/auth/administrator.ts';
import { identify, type Shortcoming } from '../lib/auth/identify.ts';
import { kept } from '../lib/composition/secrets.ts';
import { adminKey } from '../lib/config/variables.ts';
import type { Authenticator, Identity } from '../lib/ports/identity.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { json, type Route, refused } from './http.ts';

type Answer = APIGatewayProxyStructuredResultV2;

/** A ticket opens a WebSocket and nothing else. */
const noTickets = { tickets: { redeem: async () => undefined }, sessions: { isRevoked: async () => true } };

const MESSAGES: Readonly<Record<Shortcoming, string>> = {
  missing: 'Send a token: Authorization: Bearer TOKEN',
  expired: 'The time of the token has passed; send a fresh one',
  revoked: 'The sessions of this user were revoked after the token was issued; send a fresh one',
  forged: 'The token is not to be believed: its signature, issuer, audience, times or claims are not those wanted here',
};

const unauthenticated = (token: Shortcoming): Answer => {
  const { headers, ...rest } = json(401, { error: { code: 'UNAUTHENTICATED', message: MESSAGES[token], token } });
  return { ...rest, headers: { ...headers, 'www-authenticate': 'Bearer' } };
};

const identityOf = (
  authenticator: Authenticator | undefined,
  { headers, queryStringParameters }: APIGatewayProxyEventV2,
): Promise<Identity | Shortcoming> => {
  const { ticket: _, ...query } = queryStringParameters ?? {};
  return identify({ authenticator, ...noTickets }, { headers, query }, systemClock.now());
};

/** A route for whoever shows a token. Nothing of the request is looked at before. */
export const forUsers =
  (
    authenticator: Authenticator | undefined,
    route: (event: APIGatewayProxyEventV2, identity: Identity) => Promise<Answer>,
  ): Route =>
  async (event) => {
    const identity = await identityOf(authenticator, event).catch(refused);
    if (typeof identity === 'string') return unauthenticated(identity);
    return 'session' in identity ? route(event, identity) : identity;
  };

/** A route for administrators: by their token, or by the key. */
export const forAdministrators = (authenticator: Authenticator | undefined, route: Route): Route => {
  const byToken = forUsers(authenticator, async (event, { admin }) =>
    admin ? route(event) : json(403, { error: { code: 'FORBIDDEN', message: 'This is for administrators' } }),
  );
  const key = kept(adminKey);
  return async (event) => ((await isAdminKey(keyOf(event.headers), key)) ? route(event) : byToken(event));
};
