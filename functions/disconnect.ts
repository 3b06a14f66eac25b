import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { composeReceiver } from '../lib/composition/receiver.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { correlated, measured } from './middleware.ts';
import { callerOf, type WebSocketEvent } from './websocket.ts';

const { directory, answerByPost, ...telemetry } = composeReceiver();

/** A connection has ended. The gateway tells at most once; whoever posts to a connection that is gone removes it too. */
export const handler = middy<WebSocketEvent, APIGatewayProxyResultV2>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(correlated())
  .use(measured('disconnect', telemetry))
  .handler(async (event) => {
    const caller = await callerOf(event);
    if (event.requestContext.eventType === 'DISCONNECT') await directory.close(caller.id, 'left');
    else await answerByPost(caller, event.body);
    return { statusCode: 200 };
  });
