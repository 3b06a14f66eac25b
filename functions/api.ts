import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { headerOf } from '../lib/auth/credentials.ts';
import { composeAuthenticator } from '../lib/composition/access.ts';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeHistory } from '../lib/composition/history.ts';
import { composeLimiter } from '../lib/composition/limiter.ts';
import { composeBus } from '../lib/composition/rabbitmq.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { kept } from '../lib/composition/secrets.ts';
import { auth, mostBytes, mostConnections } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { plainEncoder } from '../lib/gateway/frames.ts';
import { eventText } from '../lib/protocol/codec/encode-event.ts';
import { nameOf } from '../lib/protocol/http/asked.ts';
import { MAX_KEY_LENGTH, type Published } from '../lib/protocol/http/publication.ts';
import type { Revoked } from '../lib/protocol/http/revocation.ts';
import type { SessionLook } from '../lib/protocol/http/session-look.ts';
import type { Issued } from '../lib/protocol/http/ticket.ts';
import { PROTOCOL_VERSION } from '../lib/protocol/limits.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { revoke } from '../lib/sync/end-sessions.ts';
import { fetchEvent } from '../lib/sync/fetch-event.ts';
import { issueTicket } from '../lib/sync/issue-ticket.ts';
import { lookAtSession } from '../lib/sync/look-at-session.ts';
import { publish } from '../lib/sync/publish.ts';
import { ReadsInTurn } from '../lib/sync/reads-in-turn.ts';
import { logFailure, logger } from '../lib/telemetry/logger.ts';
import { forAdministrators, forUsers } from './access.ts';
import { bodyOf } from './body.ts';
import { answer, httpFunction, json, type Route, routed } from './http.ts';
import { measured, traced } from './middleware.ts';

const most = config(mostBytes);
const mostOfUser = config(mostConnections);
const redis = composeRedis();
const history = composeHistory(redis);
const authenticator = composeAuthenticator(redis.directory);
const world = {
  ...redis,
  limiter: composeLimiter(redis),
  reads: new ReadsInTurn(),
  bus: composeBus(redis.meter),
  gateway: composeGateway(redis),
  encoder: plainEncoder(),
  clock: systemClock,
  limits: { messageSize: most },
  // Where clients are taken at their word, this service alone says when a session began.
  clockTolerance: authenticator === undefined ? 0 : kept(auth).latest.clockTolerance,
  onFailure: logFailure('A connection could not be closed'),
};

/** Made by `npm run docs`. It lies beside a bundle as it does beside its source. */
const DESCRIPTION = new URL('openapi/openapi.json', import.meta.url);

/** Seconds for which nobody need ask for the description again: another comes with a deployment alone. */
const DESCRIPTION_AGE = 300;

let description: { readonly body: string; readonly etag: string } | undefined;

const readDescription = async () => {
  const body = await readFile(DESCRIPTION, 'utf8');
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
};

/** What of this service can be asked, in OpenAPI. */
const describeOperations: Route = async (event) => {
  description ??= await readDescription();
  const { body, etag } = description;
  const headers = { etag, 'cache-control': `public, max-age=${DESCRIPTION_AGE}` };
  if (headerOf(event.headers, 'if-none-match') === etag) return { statusCode: 304, headers };
  return { statusCode: 200, headers: { ...headers, 'content-type': 'application/json' }, body };
};

const ROUTES = {
  'POST /events': forUsers(authenticator, async (event, identity) => {
    const key = headerOf(event.headers, 'idempotency-key');
    if (key !== undefined) nameOf(key, 'idempotency-key', MAX_KEY_LENGTH);
    const traceparent = headerOf(event.headers, 'traceparent');
    return json(200, {
      ids: await publish(world, identity, bodyOf(event, most), key, traceparent),
    } satisfies Published);
  }),
  'GET /events/{channel}/{epoch}/{offset}': forUsers(authenticator, async (event, identity) => {
    const { channel = '', epoch = '', offset = '' } = event.pathParameters ?? {};
    const isPrivate = event.queryStringParameters?.['private'] === 'true';
    const address = { channel, epoch, offset: /^[1-9]\d{0,14}$/.test(offset) ? Number(offset) : 0, private: isPrivate };
    const found = address.offset === 0 ? undefined : await fetchEvent({ ...world, history }, identity, address);
    return found === undefined
      ? json(404, { error: { code: 'NOT_FOUND', message: 'There is no such event, or not any more' } })
      : answer(200, 'application/json', eventText(found));
  }),
  // What a page wants to know whose handshake failed: browsers do not say why.
  'GET /session': forUsers(authenticator, async (_, identity) =>
    json(200, {
      service: 'realtime-sync',
      protocol: PROTOCOL_VERSION,
      token: 'ok',
      ...(await lookAtSession(world, identity, mostOfUser)),
      limits: { connections: mostOfUser, messageSize: most },
    } satisfies SessionLook),
  ),
  'POST /tickets': forUsers(authenticator, async (_, identity) =>
    json(201, { ticket: await issueTicket(world, identity), expiresIn: 30 } satisfies Issued),
  ),
  'DELETE /users/{user}/connections': forAdministrators(authenticator, async ({ pathParameters }) => {
    const user = nameOf(pathParameters?.['user'], 'user');
    const closed = await revoke(world, user);
    logger.info('The sessions of a user were revoked', { closed });
    return json(200, { closed } satisfies Revoked);
  }),
  'GET /openapi.json': describeOperations,
};

/** What back-ends and browsers ask over HTTP. */
export const handler = httpFunction()
  .use(traced())
  .use(measured('api', redis))
  .handler((event) => routed(ROUTES, event));
