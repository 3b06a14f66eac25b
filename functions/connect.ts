import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { headerOf } from '../lib/auth/credentials.ts';
import { composeReceiver } from '../lib/composition/receiver.ts';
import { mostConnections } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { CONNECTIONS_PAUSE } from '../lib/protocol/limits.ts';
import { readProtocols, SUBPROTOCOL } from '../lib/protocol/subprotocol.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { connect } from '../lib/sync/connect.ts';
import { logFailure, logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { correlated, measured } from './middleware.ts';
import { callerOf, type WebSocketEvent } from './websocket.ts';

const { directory, gateway, bus, answerByPost, ...telemetry } = composeReceiver();
const most = config(mostConnections);

/** What a client is told whose user has no room for it, where the gateway passes it on. */
const TOO_MANY = JSON.stringify({
  error: { code: 'TOO_MANY_CONNECTIONS', message: `A user may have ${most} connections` },
});

/** A client connects. The gateway accepts it only once this has answered, so nothing can be posted to it from here. */
export const handler = middy<WebSocketEvent, APIGatewayProxyResultV2>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(correlated())
  .use(measured('connect', telemetry))
  .handler(async (event) => {
    const caller = await callerOf(event);
    if (event.requestContext.eventType !== 'CONNECT') {
      await answerByPost(caller, event.body);
      return { statusCode: 200 };
    }
    try {
      const refusal = await connect({ directory, gateway, clock: systemClock, meter: telemetry.meter }, caller, most);
      if (refusal === 'taken') {
        logger.error('A connection was refused: another user’s has its id');
        return { statusCode: 503 };
      }
      if (refusal === 'too-many') {
        logger.info('A connection was refused: its user has as many as a user may have');
        return { statusCode: 429, headers: { 'Retry-After': String(CONNECTIONS_PAUSE / 1_000) }, body: TOO_MANY };
      }
      await bus.welcome({ ...caller, expires: caller.session.expires });
      // A browser takes no connection whose protocol it offered and nobody answered.
      const { isSpoken } = readProtocols(headerOf(event.headers ?? {}, 'sec-websocket-protocol'));
      return { statusCode: 200, ...(isSpoken ? { headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } } : {}) };
    } catch (error) {
      logFailure('A connection was refused')(error);
      // The gateway tells of no end of what it did not begin. Where Redis is away, the sweeper finds it.
      await directory.close(caller.id, 'refused').catch(() => undefined);
      return { statusCode: 503 };
    }
  });
