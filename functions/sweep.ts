import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { config } from '../lib/config.ts';
import { QUIET } from '../lib/redis/connections.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { sweep } from '../lib/sync/sweep.ts';
import { logger } from '../lib/telemetry/logger.ts';

/** Milliseconds kept back to end what is under way. */
const RESERVE = 10_000;

const { leftovers, connections } = composeRedis();
const world = {
  leftovers,
  connections,
  gateway: composeGateway(),
  clock: systemClock,
  endpoint: config().gateway.endpoint,
  quiet: QUIET,
};

/** Every minute: clears away what nobody else did. */
export const handler = middy<ScheduledEvent, void>()
  .use(injectLambdaContext(logger))
  .handler(async (_event, context) => {
    const deadline = systemClock.now() + context.getRemainingTimeInMillis() - RESERVE;
    const report = await sweep(world, deadline);
    if (report.gone + report.unregistered > 0) logger.info('Swept', { ...report });
  });
