import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeBus } from '../lib/composition/rabbitmq.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { refuseReservedType } from '../lib/sync/refuse.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { connectionOf, type WebSocketEvent } from './websocket.ts';

const { connections } = composeRedis();
const bus = composeBus();
const gateway = composeGateway();

/** A client connects. The gateway accepts it only once this has answered, so nothing can be posted to it from here. */
export const handler = middy<WebSocketEvent, APIGatewayProxyResultV2>()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    const connection = connectionOf(event);
    if (event.requestContext.eventType !== 'CONNECT') {
      await refuseReservedType(gateway, connection, event.body);
      return { statusCode: 200 };
    }
    try {
      await connections.open(connection);
      await bus.welcome(connection);
      return { statusCode: 200 };
    } catch (error) {
      logger.error('A connection was refused', error as Error);
      return { statusCode: 503 };
    }
  });
