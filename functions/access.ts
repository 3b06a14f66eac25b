import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isAdminKey, keyOf } from '../lib/auth/administrator.ts';
import { identify } from '../lib/auth/identify.ts';
import { adminKey } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import type { Authenticator, Identity } from '../lib/ports/identity.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { json, type Route, refused } from './http.ts';

type Answer = APIGatewayProxyStructuredResultV2;

/** A ticket opens a WebSocket and nothing else. */
const noTickets = { tickets: { redeem: async () => undefined }, sessions: { isRevoked: async () => true } };

const UNAUTHENTICATED: Answer = {
  ...json(401, { error: { code: 'UNAUTHENTICATED', message: 'Send a token: Authorization: Bearer TOKEN' } }),
};
UNAUTHENTICATED.headers = { ...UNAUTHENTICATED.headers, 'www-authenticate': 'Bearer' };

const identityOf = (
  authenticator: Authenticator | undefined,
  { headers, queryStringParameters }: APIGatewayProxyEventV2,
): Promise<Identity | undefined> => {
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
    if (identity === undefined) return UNAUTHENTICATED;
    return 'session' in identity ? route(event, identity) : identity;
  };

/** A route for administrators: by their token, or by the key. */
export const forAdministrators = (authenticator: Authenticator | undefined, route: Route): Route => {
  const byToken = forUsers(authenticator, async (event, { admin }) =>
    admin ? route(event) : json(403, { error: { code: 'FORBIDDEN', message: 'This is for administrators' } }),
  );
  return (event) => (isAdminKey(keyOf(event.headers), config(adminKey)) ? route(event) : byToken(event));
};
