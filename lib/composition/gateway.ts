import { config } from '../config.ts';
import { ApiGateway } from '../gateway/api-gateway.ts';
import { systemClock } from '../sync/clock.ts';

/** The gateway this service stands behind. */
export const composeGateway = (): ApiGateway => new ApiGateway(config().gateway, systemClock);
