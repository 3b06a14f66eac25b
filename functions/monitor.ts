import { composeAuthenticator } from '../lib/composition/access.ts';
import { composeMonitor } from '../lib/composition/monitor.ts';
import { statusOf } from '../lib/composition/status.ts';
import { ProtocolError } from '../lib/protocol/errors.ts';
import type { Live } from '../lib/protocol/http/health.ts';
import { METRIC_FORMATS, type Metrics } from '../lib/protocol/http/metrics.ts';
import { CONNECTIONS_PAGE, MAX_CONNECTIONS_PAGE } from '../lib/protocol/open-connections.ts';
import { metricsJson } from '../lib/telemetry/metrics/json.ts';
import { PROMETHEUS_TYPE, prometheusText } from '../lib/telemetry/metrics/prometheus.ts';
import { forAdministrators } from './access.ts';
import { answer, httpFunction, json, type Route, routed } from './http.ts';
import { observed } from './observed.ts';

const { monitor, sessions, telemetry } = composeMonitor();

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

const status: Route = async () => json(200, await statusOf(monitor));

const connections: Route = async ({ queryStringParameters }) => {
  const { limit = String(CONNECTIONS_PAGE), cursor } = queryStringParameters ?? {};
  const most = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (most < 1 || most > MAX_CONNECTIONS_PAGE) {
    throw new ProtocolError('INVALID_MESSAGE', `limit: expected 1 to ${MAX_CONNECTIONS_PAGE}`);
  }
  const page = await monitor.openConnections.page(most, cursor);
  if (page === undefined) throw new ProtocolError('INVALID_CURSOR', 'cursor: expected the next of an earlier page');
  return json(200, page);
};

const authenticator = composeAuthenticator(sessions);

/** What is asked for by whom: everyone may ask whether the service is healthy, and lives. */
const ROUTES: Readonly<Record<string, Route>> = {
  'GET /health': health,
  'GET /live': live,
  'GET /metrics': forAdministrators(authenticator, metrics),
  'GET /status': forAdministrators(authenticator, status),
  'GET /connections': forAdministrators(authenticator, connections),
};

/** The paths for those who watch over the service. */
export const handler = httpFunction()
  .use(observed('monitor', telemetry))
  .handler((event) => routed(ROUTES, event));
