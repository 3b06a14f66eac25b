import { gateway, onLambda } from '../config/variables.ts';
import { config } from '../config.ts';
import { ApiGateway } from '../gateway/api-gateway.ts';
import type { Leases } from '../ports/leases.ts';
import type { Meter } from '../ports/meter.ts';
import { systemClock } from '../sync/clock.ts';
import { PostTally } from '../telemetry/posts.ts';

interface Parts {
  /** What its posts are measured with, where they are. */
  readonly meter?: Meter;
  /** Where others may hold sockets as well: on a laptop or in containers. On AWS one gateway holds them all. */
  readonly leases?: Leases;
}

/** The gateway this service stands behind. */
export const composeGateway = ({ meter, leases }: Parts = {}): ApiGateway => {
  const { endpoint, region, credentials } = config(gateway);
  const settings = { endpoint, region, credentials: credentials && (() => credentials) };
  return new ApiGateway(settings, systemClock, {
    ...(meter === undefined ? {} : { observer: new PostTally(meter) }),
    leases: config(onLambda) ? undefined : leases,
  });
};
