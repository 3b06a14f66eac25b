import { config } from '../config.ts';
import { RabbitMqBus } from '../rabbitmq/bus.ts';
import { Publisher } from '../rabbitmq/publisher.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { logConnectionError } from '../telemetry/logger.ts';

/** The bus, with a connection of its own that is opened at the first publish. */
export const composeBus = (): RabbitMqBus => {
  const { url, ...sharding } = config().rabbitmq;
  return new RabbitMqBus(new Publisher(url, logConnectionError('rabbitmq')), topologyOf(sharding));
};
