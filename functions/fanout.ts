import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { composeBacklog } from '../lib/composition/backlog.ts';
import { composeBell, ringing } from '../lib/composition/bell.ts';
import { composeEncoder } from '../lib/composition/encoder.ts';
import { composeGateway } from '../lib/composition/gateway.ts';
import { composeHistory } from '../lib/composition/history.ts';
import { composePostings } from '../lib/composition/postings.ts';
import { composeBus } from '../lib/composition/rabbitmq.ts';
import { composeRedis } from '../lib/composition/redis.ts';
import { composeServiceEvents } from '../lib/composition/service-events.ts';
import { composeWindow } from '../lib/composition/window.ts';
import { appended, batches, fanOut, mostBytes, serviceEvents } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import type { Poison } from '../lib/ports/incoming.ts';
import { incomingOf } from '../lib/rabbitmq/incoming.ts';
import { deliveriesOf, type RabbitMqEvent } from '../lib/rabbitmq/lambda-event.ts';
import { parkedFacts } from '../lib/rabbitmq/parked-facts.ts';
import { traceOf } from '../lib/rabbitmq/trace.ts';
import { Audience } from '../lib/sync/audience.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { fanOutOrPark } from '../lib/sync/fan-out-or-park.ts';
import { restOfWindow } from '../lib/sync/rest-of-window.ts';
import { tellingParking } from '../lib/sync/tell-parked.ts';
import { Turns } from '../lib/sync/turns.ts';
import { measureArrival, measureDelivery } from '../lib/telemetry/batch.ts';
import { logFailure, logger } from '../lib/telemetry/logger.ts';
import { meteredAudience } from '../lib/telemetry/metered.ts';
import { tracing } from '../lib/telemetry/tracing.ts';
import { measured } from './middleware.ts';

/** Milliseconds kept back for the answer, so that a batch is returned by an error and not by a timeout. */
const RESERVE = 8_000;

const FAILED = {
  batch: 'A batch failed as one, and each of its messages is taken by itself',
  unfinished: 'What an earlier batch left unfinished could not be posted, and is where its messages come again',
};

const { patternCacheSize } = config(fanOut);
const { prefetch } = config(batches);
const most = config(mostBytes);
const window = composeWindow();
const announced = config(appended);
const { told } = config(serviceEvents);
const redis = composeRedis();
const { directory, subscriptions, meter } = redis;
const bus = composeBus(meter);
const parking = {
  park: async (poison: Poison) => {
    await bus.park(poison);
    logger.error('A message was parked', parkedFacts(poison));
  },
};
const world = {
  history: ringing(composeHistory(redis, announced), composeBell(redis)),
  ...(announced.enabled ? { announcing: { backlog: composeBacklog(redis), which: announced } } : {}),
  turns: new Turns(composePostings(redis), systemClock),
  directory,
  audience: new Audience(meteredAudience(subscriptions, meter), patternCacheSize, (error) =>
    logger.error('A registry entry was skipped', error as Error),
  ),
  gateway: composeGateway(redis),
  parking: told.includes('parked')
    ? tellingParking(parking, composeServiceEvents(redis), logFailure('That a message was parked could not be told'))
    : parking,
  clock: systemClock,
  encoder: composeEncoder(),
  meter,
};

/** A batch of one shard. An error thrown from here returns the whole batch to its queue. */
export const handler = middy<RabbitMqEvent, void>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .use(measured('fanout', redis))
  .handler(async (event, context) => {
    const began = systemClock.elapsed();
    const deliveries = deliveriesOf(event);
    const travels = deliveries.map((delivery) => ({ ...delivery, ...traceOf(delivery) }));
    measureArrival(meter, travels, systemClock.now());
    const batch = deliveries.map((delivery) => incomingOf(delivery, most));
    const deadline = began + context.getRemainingTimeInMillis() - RESERVE;
    const report = await fanOutOrPark(world, batch, deadline, (error, what) =>
      logger.warn(FAILED[what], error as Error),
    );
    measureDelivery(meter, travels, report, systemClock.now());
    // Whoever watches saw that it came back, and is to see that it is finished: this function may be frozen next.
    if (deliveries.some(({ redelivered }) => redelivered)) await redis.counters.flush();
    const about = {
      ...report,
      correlation_ids: travels.flatMap(({ correlationId }) => correlationId ?? []),
      traceparents: batch.flatMap((message) => ('broadcast' in message ? (message.broadcast.traceparent ?? []) : [])),
    };
    logger.debug('A batch was fanned out', about);
    const shard = deliveries[0]?.queue ?? '';
    const gathers = window(shard, report.taken, began, systemClock.elapsed());
    await restOfWindow(systemClock, began, gathers, batch.length >= prefetch);
  });
