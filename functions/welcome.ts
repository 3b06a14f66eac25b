import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { composeGateway } from '../lib/composition/gateway.ts';
import { compression, history, limits, rateLimits } from '../lib/config/variables.ts';
import { config } from '../lib/config.ts';
import { plainEncoder } from '../lib/gateway/frames.ts';
import { welcomeOf } from '../lib/rabbitmq/incoming.ts';
import { deliveriesOf, type RabbitMqEvent } from '../lib/rabbitmq/lambda-event.ts';
import { systemClock } from '../lib/sync/clock.ts';
import { welcome } from '../lib/sync/welcome.ts';
import { logger } from '../lib/telemetry/logger.ts';
import { tracing } from '../lib/telemetry/tracing.ts';

const world = {
  gateway: composeGateway(),
  encoder: plainEncoder(),
  clock: systemClock,
  limits: config(limits),
  replay: config(history),
  compression: config(compression),
  rateLimits: config(rateLimits),
};

/** New connections, to be sent their `connection` message. */
export const handler = middy<RabbitMqEvent, void>()
  .use(injectLambdaContext(logger))
  .use(tracing)
  .handler(async (event) => {
    const requests = deliveriesOf(event).map(welcomeOf);
    const connections = requests.filter((request) => request !== undefined);
    if (connections.length < requests.length) logger.error('Requests for a connection message could not be read');
    await welcome(world, connections);
  });
