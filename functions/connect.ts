import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { headerOf } from '../lib/auth/credentials.ts';
import { composeReceiver } from '../lib/composition/receiver.ts';
import { readProtocols, SUBPROTOCOL } from '../lib/protocol/subprotocol.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { correlated, observed } from './observed.ts';
import { callerOf, type WebSocketEvent } from './websocket.ts';

const { connections, bus, answerByPost, ...telemetry } = composeReceiver();

/** A client connects. The gateway accepts it only once this has answered, so nothing can be posted to it from here. */
export const handler = middy<WebSocketEvent, APIGatewayProxyResultV2>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(correlated())
  .use(observed('connect', telemetry))
  .handler(async (event) => {
    const caller = callerOf(event);
    if (event.requestContext.eventType !== 'CONNECT') {
      await answerByPost(caller, event.body);
      return { statusCode: 200 };
    }
    try {
      if ((await connections.open(caller)) === 'taken') {
        logger.error('A connection was refused: another user’s has its id');
        return { statusCode: 503 };
      }
      await bus.welcome({ ...caller, expires: caller.session.expires });
      // A browser takes no connection whose protocol it offered and nobody answered.
      const { isSpoken } = readProtocols(headerOf(event.headers ?? {}, 'sec-websocket-protocol'));
      return { statusCode: 200, ...(isSpoken ? { headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } } : {}) };
    } catch (error) {
      logger.error('A connection was refused', error as Error);
      // The gateway tells of no end of what it did not begin. Where Redis is away, the sweeper finds it.
      await connections.close(caller.id).catch(() => undefined);
      return { statusCode: 503 };
    }
  });
