import { config } from '../config.ts';
import { ApiGateway } from '../gateway/api-gateway.ts';
import { systemClock } from '../sync/clock.ts';

/** The gateway this service stands behind. */
export const composeGateway = (): ApiGateway => {
  const { endpoint, region, credentials } = config().gateway;
  return new ApiGateway({ endpoint, region, credentials: credentials && (() => credentials) }, systemClock);
};
