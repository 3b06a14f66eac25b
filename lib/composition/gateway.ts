import { gateway } from '../config/variables.ts';
import { config } from '../config.ts';
import { ApiGateway } from '../gateway/api-gateway.ts';
import type { Meter } from '../ports/meter.ts';
import { systemClock } from '../sync/clock.ts';
import { PostTally } from '../telemetry/posts.ts';

/**
 * The gateway this service stands behind.
 *
 * @param meter - what its posts are measured with, where they are.
 */
export const composeGateway = (meter?: Meter): ApiGateway => {
  const { endpoint, region, credentials } = config(gateway);
  const settings = { endpoint, region, credentials: credentials && (() => credentials) };
  return new ApiGateway(settings, systemClock, meter && { observer: new PostTally(meter) });
};
