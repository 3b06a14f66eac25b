import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isWelcome } from '../lib/auth/origins.ts';
import { composeWelcome, FOREIGN_PAGE } from '../lib/composition/welcome.ts';
import { http } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { statusOf } from '../lib/protocol/http/statuses.ts';
import { errorMessage } from '../lib/protocol/messages/error.ts';
import { refusalOf } from '../lib/sync/refusal.ts';
import { logFailure, logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';

/** Answers one path of the HTTP address. */
export type Route = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** An answer that nobody keeps. */
export const answer = (statusCode: number, contentType: string, body: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  body,
});

export const json = (statusCode: number, value: unknown): APIGatewayProxyStructuredResultV2 =>
  answer(statusCode, 'application/json', JSON.stringify(value));

/** An answer that refuses a request, and says when to try again if that is known. */
export const refusing = (
  statusCode: number,
  error: { readonly code: string; readonly message: string; readonly retryAfter?: number | undefined },
): APIGatewayProxyStructuredResultV2 => {
  const { headers, ...rest } = json(statusCode, { error });
  const wait = error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter / 1_000)) };
  return { ...rest, headers: { ...headers, ...wait } };
};

const onFailure = logFailure('A request failed');

/** What an error comes to: its code as over a WebSocket, and nothing of where it came from. */
export const refused = (error: unknown): APIGatewayProxyStructuredResultV2 => {
  const refusal = refusalOf(error, onFailure, ({ message }) => message);
  // Of several events there are several ids.
  const { id: _, ...said } = errorMessage(refusal, undefined).error;
  return refusing(statusOf(refusal.code), { ...said, ...(refusal.ids === undefined ? {} : { ids: refusal.ids }) });
};

const { allowed, mayAsk } = composeWelcome();
const { securityHeaders } = config(http);

/** A function of the HTTP address: what browsers are told goes with every answer, also with that to an error. */
export const httpFunction = () => {
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(injectLambdaContext(logger))
    .use(tracing);
  if (securityHeaders) handler.use(httpSecurityHeaders());
  return handler.use(
    httpCors({
      getOrigin: (origin) => (origin !== undefined && isWelcome(origin, allowed) ? origin : null),
      vary: 'Origin',
      methods: 'GET,POST,PUT,DELETE',
      headers: 'authorization,content-type,idempotency-key,traceparent,x-api-key',
      exposeHeaders: 'retry-after',
      maxAge: 600,
    }),
  );
};

/** Calls the route of a request, by its method and path as the API names them. */
export const routed = async (
  routes: Readonly<Record<string, Route>>,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const isForeign = !mayAsk(event.headers);
  // A socket tells a page nothing of why it was refused. That no page of its origin may ask gives nothing away.
  const shown = isForeign && event.rawPath.endsWith('/session') ? { 'Access-Control-Allow-Origin': '*' } : {};
  if (event.requestContext.http.method === 'OPTIONS') return { statusCode: 204, headers: shown };
  // A page need not read the answer to have done something.
  if (isForeign) {
    const { headers, ...rest } = json(403, { error: { code: 'FORBIDDEN', message: FOREIGN_PAGE } });
    return { ...rest, headers: { ...headers, ...shown } };
  }
  const route = routes[event.routeKey];
  if (route === undefined) return json(404, { error: { code: 'NOT_FOUND', message: 'There is nothing here' } });
  try {
    return await route(event);
  } catch (error) {
    return refused(error);
  }
};
