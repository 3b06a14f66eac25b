import { config } from '../config.ts';
import { ApiGateway } from '../gateway/api-gateway.ts';
import { PooledTransport } from '../gateway/transport.ts';
import type { Meter } from '../ports/meter.ts';
import { systemClock } from '../sync/clock.ts';
import { meteredGateway, meteredTransport } from '../telemetry/metered.ts';

/**
 * The gateway this service stands behind.
 *
 * @param meter - what its posts are measured with, where they are.
 */
export const composeGateway = (meter?: Meter): ApiGateway => {
  const { endpoint, region, credentials } = config().gateway;
  const settings = { endpoint, region, credentials: credentials && (() => credentials) };
  if (meter === undefined) return new ApiGateway(settings, systemClock);
  return meteredGateway(new ApiGateway(settings, systemClock, meteredTransport(new PooledTransport(), meter)), meter);
};
