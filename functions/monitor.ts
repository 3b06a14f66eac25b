import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { composeMonitor } from '../lib/composition/monitor.ts';
import { statusOf } from '../lib/composition/status.ts';
import { DependencyAway } from '../lib/ports.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { metricsJson } from '../lib/telemetry/metrics/json.ts';
import { PROMETHEUS_TYPE, prometheusText } from '../lib/telemetry/metrics/prometheus.ts';
import { answer, json, type Route } from './http.ts';
import { observed } from './observed.ts';

/** Connections of one page: where the request does not say, and at most. */
const PAGE = 100;
const MOST = 1_000;

const { monitor, telemetry } = composeMonitor();

/** Healthy once a broadcast would be heard. */
const health: Route = async () => {
  const state = await monitor.health();
  return json(state.status === 'unhealthy' ? 503 : 200, state);
};

const metrics: Route = async ({ queryStringParameters }) => {
  const format = queryStringParameters?.['format'] ?? 'prometheus';
  if (format !== 'prometheus' && format !== 'json')
    return json(400, { message: 'format: expected prometheus or json' });
  const readings = await monitor.readings();
  return format === 'json' ? json(200, metricsJson(readings)) : answer(200, PROMETHEUS_TYPE, prometheusText(readings));
};

const status: Route = async () => json(200, await statusOf(monitor));

const connections: Route = async ({ queryStringParameters }) => {
  const { limit = String(PAGE), cursor } = queryStringParameters ?? {};
  const most = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (most < 1 || most > MOST) return json(400, { message: `limit: expected 1 to ${MOST}` });
  const page = await monitor.openConnections.page(most, cursor);
  return page === undefined ? json(400, { message: 'cursor: expected the next of an earlier page' }) : json(200, page);
};

/** What is asked for by whom: everyone may ask whether the service is healthy. */
const ROUTES: Readonly<Record<string, Route>> = {
  '/health': health,
  '/metrics': metrics,
  '/status': status,
  '/connections': connections,
};

/** The paths for those who watch over the service. */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .use(observed('monitor', telemetry))
  .handler(async (event) => {
    const route = ROUTES[event.rawPath];
    if (route === undefined) return json(404, { message: 'There is nothing here' });
    try {
      return await route(event);
    } catch (error) {
      if (!(error instanceof DependencyAway)) throw error;
      return json(503, { message: error.message });
    }
  });
