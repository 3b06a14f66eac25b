import type { Topology } from './topology.ts';

/**
 * What is bound to the exchange of events beside its shards: each takes its share of the events away from them, and they
 * are in nobody's history. AMQP does not tell of bindings; the broker's management interface does. Source: RabbitMQ
 * Management HTTP API, `/api/exchanges/vhost/name/bindings/source`.
 *
 * @param management - address of the interface, with user and password.
 * @param virtualHost - in which the exchange is.
 * @param timeout - milliseconds.
 * @returns names of queues and exchanges.
 * @throws where it cannot be asked.
 */
export const foreignBindings = async (
  management: string,
  virtualHost: string,
  { exchange, shards }: Topology,
  timeout: number,
): Promise<readonly string[]> => {
  const { username, password, origin } = new URL(management);
  const path = `/api/exchanges/${encodeURIComponent(virtualHost)}/${encodeURIComponent(exchange)}/bindings/source`;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(`${origin}${path}`, {
    headers: { authorization: `Basic ${credentials}` },
    signal: AbortSignal.timeout(timeout),
  });
  if (!response.ok) throw new Error(`RabbitMQ's management interface answered ${response.status}`);
  const bindings: unknown = await response.json();
  if (!Array.isArray(bindings)) throw new Error("RabbitMQ's management interface answered with something else");
  const bound = bindings.flatMap(({ destination, destination_type: type }: Record<string, unknown>) =>
    type === 'queue' && shards.includes(String(destination)) ? [] : [String(destination)],
  );
  return [...new Set(bound)];
};
