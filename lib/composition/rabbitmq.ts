import { rabbitmq } from '../config/variables.ts';
import type { Meter } from '../ports/meter.ts';
import { partOf } from '../ports/rotating.ts';
import { userIn } from '../rabbitmq/address.ts';
import { RabbitMqBus } from '../rabbitmq/bus.ts';
import { Publisher } from '../rabbitmq/publisher.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { logConnectionError, logger } from '../telemetry/logger.ts';
import { meteredBus } from '../telemetry/metered.ts';
import { atEnd } from './at-end.ts';
import { kept } from './secrets.ts';

/** The bus, with a connection of its own that is opened at the first publish. */
export const composeBus = (meter: Meter): RabbitMqBus => {
  const settings = kept(rabbitmq);
  const address = partOf(settings, ({ url }) => url);
  const publisher = new Publisher(address, logConnectionError('rabbitmq'));
  atEnd(() => publisher.end());
  const bus = new RabbitMqBus(
    publisher,
    topologyOf(settings.latest),
    () => logger.getCorrelationId(),
    () => userIn(address.latest),
  );
  return meteredBus(bus, meter);
};
