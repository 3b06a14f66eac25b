import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { refuseReservedType } from '../lib/sync/refuse.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { correlated, observed } from './observed.ts';
import { callerOf, type WebSocketEvent } from './websocket.ts';

const { connections, ...telemetry } = composeRedis();
const gateway = composeGateway(telemetry.meter);

/** A connection has ended. The gateway tells at most once; whoever posts to a connection that is gone removes it too. */
export const handler = middy<WebSocketEvent, APIGatewayProxyResultV2>()
  .use(injectLambdaContext(logger))
  .use(correlated())
  .use(observed('disconnect', telemetry))
  .handler(async (event) => {
    if (event.requestContext.eventType === 'DISCONNECT') await connections.close(event.requestContext.connectionId);
    else await refuseReservedType(gateway, callerOf(event), event.body);
    return { statusCode: 200 };
  });
