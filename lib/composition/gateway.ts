import { config } from '../config.ts';
import { ApiGateway } from '../gateway/api-gateway.ts';
import type { Meter } from '../ports.ts';
import { systemClock } from '../sync/clock.ts';
import { meteredGateway } from '../telemetry/metered.ts';

/**
 * The gateway this service stands behind.
 *
 * @param meter - what its posts are measured with, where they are.
 */
export const composeGateway = (meter?: Meter): ApiGateway => {
  const { endpoint, region, credentials } = config().gateway;
  const gateway = new ApiGateway({ endpoint, region, credentials: credentials && (() => credentials) }, systemClock);
  return meter === undefined ? gateway : meteredGateway(gateway, meter);
};
