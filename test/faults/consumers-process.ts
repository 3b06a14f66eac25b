/** The function of named consumers in a process of its own, behind a plain server in place of the gateway. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { handler } from '../../functions/consumers.ts';
import { contextOf } from './context.ts';
import { WORKING } from './function-process.ts';

/** Milliseconds of a call: as in serverless.yml. */
const TIMEOUT = 29_000;

const called = handler as unknown as (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

const eventOf = async (request: IncomingMessage): Promise<APIGatewayProxyEventV2> => {
  const { method = 'GET', url = '/' } = request;
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const [, , name = '', rest] = pathname.split('/');
  const body = await text(request);
  return {
    version: '2.0',
    routeKey: `${method} /consumers/{name}${rest === undefined ? '' : `/${rest}`}`,
    rawPath: pathname,
    headers: request.headers,
    queryStringParameters: Object.fromEntries(searchParams),
    pathParameters: { name },
    requestContext: { http: { method, path: pathname } },
    ...(body === '' ? {} : { body }),
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2;
};

const server = createServer((request, response) => {
  eventOf(request)
    .then((event) => called(event, contextOf('consumers', TIMEOUT)))
    .then(
      ({ statusCode = 500, body = '' }) => response.writeHead(statusCode).end(body),
      (error: unknown) => response.writeHead(502).end(String(error)),
    );
});
server.listen(Number(process.env['CONSUMERS_PORT']), '127.0.0.1', () => console.log(WORKING));
