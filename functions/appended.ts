import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { composeAnnouncer } from '../lib/composition/announcer.ts';
import { composeBacklog } from '../lib/composition/backlog.ts';
import { composeHistory } from '../lib/composition/history.ts';
import { composeBus } from '../lib/composition/rabbitmq.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { composeServiceEvents } from '../lib/composition/service-events.ts';
import { appended, serviceEvents } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { announce } from '../lib/sync/announce/announce.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { tell } from '../lib/sync/tell.ts';
import { logFailure, logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { measured } from './middleware.ts';

/** Milliseconds kept back to end what is under way: a confirm, and the step that moves the cursor. */
const RESERVE = 8_000;

const { enabled } = config(appended);
const { told } = config(serviceEvents);
const redis = composeRedis();
const world = {
  backlog: composeBacklog(redis),
  history: composeHistory(redis),
  announcer: composeAnnouncer(),
  clock: systemClock,
  meter: redis.meter,
  onFailure: logFailure('Something could not be published to back-ends'),
};

const telling = {
  serviceEvents: composeServiceEvents(redis),
  bus: composeBus(redis.meter),
  clock: systemClock,
  meter: redis.meter,
  onFailure: logFailure('Something of the service could not be told'),
};

/**
 * Publishes to back-ends what the histories take, and to all who may hear it what came true of the service, for nearly as
 * long as it may run. It is called every minute, and may run for longer than one: the next that begins takes over, and this
 * one ends.
 */
export const handler = middy<ScheduledEvent, void>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(measured('appended', redis))
  .handler(async (_event, context) => {
    const deadline = systemClock.elapsed() + context.getRemainingTimeInMillis() - RESERVE;
    await Promise.all([enabled && announce(world, deadline), told.length > 0 && tell(telling, deadline)]);
  });
