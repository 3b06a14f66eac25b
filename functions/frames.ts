import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { composeReceiver } from '../lib/composition/receiver.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { correlated, measured } from './middleware.ts';
import { callerOf, type WebSocketEvent } from './websocket.ts';

/**
 * @param name - of the function, in what is measured.
 * @returns a handler that answers a client's frame; what it returns goes back to the client as one.
 */
export const receiveFrames = (name: 'message' | 'replay') => {
  const { answer, ...telemetry } = composeReceiver();
  return middy<WebSocketEvent, APIGatewayProxyResultV2>()
    .use(injectLambdaContext(logger))
    .use(tracing)
    .use(correlated())
    .use(measured(name, telemetry))
    .handler(async (event) => {
      const body = await answer(await callerOf(event), event.body);
      return { statusCode: 200, ...(body === undefined ? {} : { body }) };
    });
};
