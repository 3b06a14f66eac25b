import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { config } from '../lib/config.ts';
import { NO_CAPABILITIES } from '../lib/protocol/capabilities.ts';
import { assertConsumed } from '../lib/rabbitmq/consumers.ts';
import { topologyOf } from '../lib/rabbitmq/topology.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { type Check, examine } from '../lib/sync/health.ts';
import { logger } from '../lib/telemetry/logger.ts';

/** Milliseconds each check may take. */
const PATIENCE = 2_000;

const startedAt = systemClock.now();
const gateway = composeGateway();
const { client } = composeRedis();
const { url, ...sharding } = config().rabbitmq;

/** A connection id no gateway gives out; a gateway that works says it is gone. */
const NOBODY = {
  id: 'health-check',
  user: 'nobody',
  endpoint: config().gateway.endpoint,
  capabilities: NO_CAPABILITIES,
};

const checks: Record<string, Check> = {
  websocket: async () => {
    const posted = await gateway.post(NOBODY, new Uint8Array([0x7b, 0x7d]), 0);
    if (posted !== 'gone') throw new Error(`the gateway answered "${posted}" for a connection that does not exist`);
  },
  redis: async () => void (await client.ping()),
  rabbitmq: () => assertConsumed(url, topologyOf(sharding), PATIENCE),
};

/** `GET /health`: 200 once a broadcast would be heard, 503 otherwise. */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .handler(async () => {
    const health = await examine(systemClock, checks, PATIENCE, startedAt, (check, error) =>
      logger.warn(`health: ${check} failed`, error as Error),
    );
    return {
      statusCode: health.status === 'healthy' ? 200 : 503,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify(health),
    };
  });
