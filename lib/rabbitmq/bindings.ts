import { type Management, manage, virtualHostOf } from './management.ts';
import type { Topology } from './topology.ts';

/**
 * What is bound to the exchange of events beside its shards: each takes its share of the events away from them, and these
 * are in nobody's history.
 *
 * @param brokerUrl - the broker's address for AMQP.
 * @returns names of queues and exchanges.
 * @throws where it cannot be asked.
 */
export const foreignBindings = async (
  management: Management,
  brokerUrl: string,
  { exchange, shards }: Topology,
): Promise<readonly string[]> => {
  const path = `/api/exchanges/${virtualHostOf(brokerUrl)}/${encodeURIComponent(exchange)}/bindings/source`;
  const bindings = await manage(management, path);
  if (!Array.isArray(bindings)) throw new Error("RabbitMQ's management interface answered with something else");
  const bound = bindings.flatMap(({ destination, destination_type: type }: Record<string, unknown>) =>
    type === 'queue' && shards.includes(String(destination)) ? [] : [String(destination)],
  );
  return [...new Set(bound)];
};
