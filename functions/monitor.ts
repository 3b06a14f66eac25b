import { composeAuthenticator } from '../lib/composition/access.ts';
import { composeMonitor } from '../lib/composition/monitor.ts';
import { composeParked, type Parked } from '../lib/composition/parked.ts';
import { statusOf } from '../lib/composition/status.ts';
import { onLambda } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import type { Limited } from '../lib/ports/limited.ts';
import { ProtocolError } from '../lib/protocol/errors.ts';
import { nameOf, wholeOf } from '../lib/protocol/http/asked.ts';
import type { Live } from '../lib/protocol/http/health.ts';
import {
  LIMITED_PAGE,
  type LimitedEntries,
  type LimitedEntry,
  MAX_LIMITED_PAGE,
} from '../lib/protocol/http/limited.ts';
import {
  CHANNELS_PAGE,
  type ChannelListenersPage,
  type ChannelsPage,
  LISTENERS_PAGE,
  MAX_CHANNELS_PAGE,
  MAX_LISTENERS_PAGE,
} from '../lib/protocol/http/listening.ts';
import { METRIC_FORMATS, type Metrics } from '../lib/protocol/http/metrics.ts';
import {
  MAX_PARKED_PAGE,
  PARKED_LOOKED_AT,
  PARKED_PAGE,
  type ParkedMessages,
  type ParkedMoved,
} from '../lib/protocol/http/parked.ts';
import type { MetricsPast } from '../lib/protocol/http/past.ts';
import { channelOf, patternOf } from '../lib/protocol/names.ts';
import { CONNECTIONS_PAGE, MAX_CONNECTIONS_PAGE, type UserConnections } from '../lib/protocol/open-connections.ts';
import { UnknownOrigin } from '../lib/rabbitmq/parked.ts';
import { shownParked } from '../lib/rabbitmq/shown-parked.ts';
import { PAUSE } from '../lib/sync/note-past.ts';
import { metricsJson } from '../lib/telemetry/metrics/json.ts';
import { PROMETHEUS_TYPE, prometheusText } from '../lib/telemetry/metrics/prometheus.ts';
import { forAdministrators } from './access.ts';
import { answer, httpFunction, json, type Route, routed } from './http.ts';
import { measured } from './middleware.ts';
import { behindOf, cursorOf } from './page-cursor.ts';

const { monitor, directory, telemetry } = composeMonitor();
const parked = composeParked();

/** Whether a broadcast would be heard. */
const health: Route = async () => {
  const state = await monitor.health();
  return json(state.status === 'unhealthy' ? 503 : 200, state);
};

/** That this process answers says all there is to say, whatever else does: nothing is gained by starting it anew. */
const live: Route = async () => json(200, { status: 'live' } satisfies Live);

const metrics: Route = async ({ queryStringParameters }) => {
  const { format: wanted = 'prometheus' } = queryStringParameters ?? {};
  const format = METRIC_FORMATS.find((each) => each === wanted);
  if (format === undefined) {
    throw new ProtocolError('INVALID_MESSAGE', `format: expected ${METRIC_FORMATS.join(' or ')}`);
  }
  const readings = await monitor.readings();
  return format === 'json'
    ? json(200, metricsJson(readings) satisfies Metrics)
    : answer(200, PROMETHEUS_TYPE, prometheusText(readings));
};

const past: Route = async () => json(200, { points: await monitor.past() } satisfies MetricsPast);

const status: Route = async () => json(200, await statusOf(monitor));

const connections: Route = async ({ queryStringParameters }) => {
  const { limit, cursor } = queryStringParameters ?? {};
  const most = wholeOf(limit, 'limit', CONNECTIONS_PAGE, MAX_CONNECTIONS_PAGE);
  const page = await monitor.directory.page(most, cursor);
  if (page === undefined) throw new ProtocolError('INVALID_CURSOR', 'cursor: expected the next of an earlier page');
  return json(200, page);
};

/** The connections of a user and, of a channel, whether they hear it. */
const userConnections: Route = async ({ pathParameters, queryStringParameters }) => {
  const user = nameOf(pathParameters?.['user'], 'user');
  const { channel, look = 'false' } = queryStringParameters ?? {};
  if (look !== 'true' && look !== 'false') throw new ProtocolError('INVALID_MESSAGE', 'look: expected true or false');
  const asked = channel === undefined ? undefined : channelOf(channel);
  const found = await monitor.hearing(user, asked, look === 'true');
  return json(200, { connections: found } satisfies UserConnections);
};

const shownLimit = ({ used, ...rest }: Limited): LimitedEntry => ({ ...rest, used: used ?? null });

/** Whose limits are near, or refuse. */
const limits: Route = async ({ queryStringParameters }) => {
  const most = wholeOf(queryStringParameters?.['limit'], 'limit', LIMITED_PAGE, MAX_LIMITED_PAGE);
  const found = await monitor.limitedUsers.latest(most);
  return json(200, { counted: monitor.counts(), limits: found.map(shownLimit) } satisfies LimitedEntries);
};

/** How one user stands to the limits. */
const userLimits: Route = async ({ pathParameters }) => {
  const user = nameOf(pathParameters?.['user'], 'user');
  const found = await monitor.limitedUsers.ofUser(user);
  return json(200, { counted: monitor.counts(user), limits: found.map(shownLimit) } satisfies LimitedEntries);
};

/** Who hears a channel now. */
const listeners: Route = async ({ queryStringParameters }) => {
  const { channel = '', limit, cursor } = queryStringParameters ?? {};
  const most = wholeOf(limit, 'limit', LISTENERS_PAGE, MAX_LISTENERS_PAGE);
  const { behind, ...page } = await monitor.listeners(channelOf(channel), most, behindOf(cursor));
  return json(200, { ...page, next: cursorOf(behind) } satisfies ChannelListenersPage);
};

/** Which channels with a history a pattern matches. */
const channels: Route = async ({ queryStringParameters }) => {
  const { pattern = '', limit, cursor } = queryStringParameters ?? {};
  const most = wholeOf(limit, 'limit', CHANNELS_PAGE, MAX_CHANNELS_PAGE);
  const page = await monitor.channels(patternOf(pattern), most, behindOf(cursor));
  return json(200, { channels: page.channels, next: cursorOf(page.behind) } satisfies ChannelsPage);
};

/** What was put aside. */
const listParked: Route = async ({ queryStringParameters }) => {
  const most = wholeOf(queryStringParameters?.['limit'], 'limit', PARKED_PAGE, MAX_PARKED_PAGE);
  return json(200, { messages: (await parked.list(most)).map(shownParked) } satisfies ParkedMessages);
};

const NOT_PARKED = `No such message is among the oldest ${PARKED_LOOKED_AT.toLocaleString('en')} that are put aside`;

/** Puts one of them back, or takes it away. */
const movingParked =
  (how: Exclude<keyof Parked, 'list'>): Route =>
  async ({ pathParameters }) => {
    const id = nameOf(pathParameters?.['id'], 'id');
    try {
      if (await parked[how](id)) return json(200, { id } satisfies ParkedMoved);
    } catch (error) {
      throw error instanceof UnknownOrigin
        ? new ProtocolError('INVALID_MESSAGE', error.message, { cause: error })
        : error;
    }
    return json(404, { error: { code: 'NOT_FOUND', message: NOT_PARKED } });
  };

const authenticator = composeAuthenticator(directory);

/** What is asked for by whom: everyone may ask whether the service is healthy, and lives. */
const ROUTES: Readonly<Record<string, Route>> = {
  'GET /health': health,
  'GET /live': live,
  'GET /metrics': forAdministrators(authenticator, metrics),
  'GET /metrics/past': forAdministrators(authenticator, past),
  'GET /status': forAdministrators(authenticator, status),
  'GET /connections': forAdministrators(authenticator, connections),
  'GET /users/{user}/connections': forAdministrators(authenticator, userConnections),
  'GET /users/{user}/limits': forAdministrators(authenticator, userLimits),
  'GET /limits': forAdministrators(authenticator, limits),
  'GET /listeners': forAdministrators(authenticator, listeners),
  'GET /channels': forAdministrators(authenticator, channels),
  'GET /parked': forAdministrators(authenticator, listParked),
  'POST /parked/{id}/requeue': forAdministrators(authenticator, movingParked('requeue')),
  'DELETE /parked/{id}': forAdministrators(authenticator, movingParked('drop')),
};

// On Lambda nothing runs between requests: there a point is made by those who ask, and once a minute. What fails says itself
// wherever Redis is asked.
if (!config(onLambda)) setInterval(() => void monitor.note().catch(() => undefined), PAUSE).unref();

/** The paths for those who watch over the service. */
export const handler = httpFunction()
  .use(measured('monitor', telemetry))
  .handler((event) => routed(ROUTES, event));
