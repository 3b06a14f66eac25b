import { rabbitmq } from '../config/variables.ts';
import { partOf } from '../ports/rotating.ts';
import { RabbitMqAnnouncer } from '../rabbitmq/announcer.ts';
import { Publisher } from '../rabbitmq/publisher.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { logConnectionError } from '../telemetry/logger.ts';
import { atEnd } from './at-end.ts';
import { kept } from './secrets.ts';

/** The way out to back-ends, with a connection of its own: a queue that refuses is nothing to whoever publishes broadcasts. */
export const composeAnnouncer = (): RabbitMqAnnouncer => {
  const settings = kept(rabbitmq);
  const publisher = new Publisher(
    partOf(settings, ({ url }) => url),
    logConnectionError('rabbitmq'),
  );
  atEnd(() => publisher.end());
  return new RabbitMqAnnouncer(publisher, topologyOf(settings.latest));
};
