import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { composeReceiver } from '../lib/composition/receiver.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { correlated, observed } from './observed.ts';
import { callerOf, type WebSocketEvent } from './websocket.ts';

const { answer, ...telemetry } = composeReceiver();

/** A client asks for what it missed. A function of its own, since it reads and sends far more than other messages do. */
export const handler = middy<WebSocketEvent, APIGatewayProxyResultV2>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(correlated())
  .use(observed('replay', telemetry))
  .handler(async (event) => {
    const body = await answer(callerOf(event), event.body);
    return { statusCode: 200, ...(body === undefined ? {} : { body }) };
  });
