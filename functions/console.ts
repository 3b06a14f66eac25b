import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { composeWelcome, FOREIGN_PAGE } from '../lib/composition/welcome.ts';
import { gateway, signIn, stage } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { readPage } from '../lib/console/page.ts';
import { pageHeaders, websocketAddress } from '../lib/console/settings.ts';
import type { ConsoleSettings } from '../lib/protocol/http/console-settings.ts';
import { logger } from '../lib/telemetry/logger.ts';

/** In a bundle the built page lies beside it. Sources run where `npm start` built it. */
const FOLDER = new URL(import.meta.url.endsWith('.ts') ? '../.local/console/' : 'page/', import.meta.url);

const { endpoint } = config(gateway);
const { mayAsk } = composeWelcome();

let page = readPage(FOLDER);

/** The part of a `Host` header that is a name, if it is one. */
const hostOf = (event: APIGatewayProxyEventV2): string | undefined =>
  /^([a-z\d.-]+|\[[a-f\d:]+\])(?::\d+)?$/i.exec(event.headers['host'] ?? '')?.[1];

const text = (statusCode: number, body: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body,
});

/** The console: `GET /`, and `GET /console/…` for what belongs to it. The page holds nothing; it asks as others do. */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    if (!mayAsk(event.headers)) return text(403, `${FOREIGN_PAGE}\n`);
    const websocket = websocketAddress(endpoint, hostOf(event));
    const name = event.rawPath.replace(/^\/(console\/)?/, '') || 'index.html';
    if (name === 'settings.json') {
      const settings: ConsoleSettings = { websocket, auth: config(signIn), stage: config(stage) };
      return {
        statusCode: 200,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify(settings),
      };
    }
    page ??= readPage(FOLDER);
    if (page === undefined) return text(503, 'The console was not built. The log of `npm start` says why.\n');
    const file = page.get(name);
    if (file === undefined) return text(404, 'There is nothing here\n');
    const headers = {
      ...pageHeaders(websocket),
      etag: file.etag,
      'cache-control': file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
    if (event.headers['if-none-match'] === file.etag) return { statusCode: 304, headers };
    return { statusCode: 200, headers: { ...headers, 'content-type': file.type }, body: file.body };
  });
