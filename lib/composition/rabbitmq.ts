import { rabbitmq } from '../config/variables.ts';
import { config } from '../config.ts';
import type { Meter } from '../ports/meter.ts';
import { RabbitMqBus } from '../rabbitmq/bus.ts';
import { Publisher } from '../rabbitmq/publisher.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { logConnectionError, logger } from '../telemetry/logger.ts';
import { meteredBus } from '../telemetry/metered.ts';
import { atEnd } from './at-end.ts';
import { beware } from './beware.ts';

/** The bus, with a connection of its own that is opened at the first publish. */
export const composeBus = (meter: Meter): RabbitMqBus => {
  const { url, ...sharding } = config(rabbitmq);
  beware(rabbitmq);
  const publisher = new Publisher(url, logConnectionError('rabbitmq'));
  atEnd(() => publisher.end());
  return meteredBus(new RabbitMqBus(publisher, topologyOf(sharding), () => logger.getCorrelationId()), meter);
};
