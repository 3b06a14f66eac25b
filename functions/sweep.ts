import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeHistory } from '../lib/composition/history.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { gateway } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { plainEncoder } from '../lib/gateway/frames.ts';
import { QUIET } from '../lib/ports/directory.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { measureConsumers } from '../lib/sync/consume/measure.ts';
import { endExpired } from '../lib/sync/end-sessions.ts';
import { sweep } from '../lib/sync/sweep.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { measured } from './middleware.ts';

/** Milliseconds kept back to end what is under way. */
const RESERVE = 10_000;

/** Milliseconds for which it is looked how late consumers are. */
const MEASURING = 8_000;

const redis = composeRedis();
const { directory, subscriptions, leases } = redis;
const history = composeHistory(redis);
const world = {
  directory,
  subscriptions,
  encoder: plainEncoder(),
  gateway: composeGateway({ leases }),
  clock: systemClock,
  endpoint: config(gateway).endpoint,
  quiet: QUIET,
  onFailure: (error: unknown) => logger.warn('A connection could not be closed', error as Error),
};

/** Every minute: closes connections whose session has ended, and clears away what nobody else did. */
export const handler = middy<ScheduledEvent, void>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(measured('sweep', redis))
  .handler(async (_event, context) => {
    const deadline = systemClock.elapsed() + context.getRemainingTimeInMillis() - RESERVE;
    const ended = await endExpired(world);
    if (ended > 0) logger.info('Sessions had ended', { ended });
    const report = await sweep(world, deadline);
    const { consumers, meter } = redis;
    const until = Math.min(deadline, systemClock.elapsed() + MEASURING);
    await measureConsumers({ consumers, history, meter, clock: systemClock }, until);
    if (report.gone + report.closed + report.unregistered > 0) logger.info('Swept', { ...report });
  });
