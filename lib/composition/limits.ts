import { history, quota, rateLimits } from '../config/variables.ts';
import { config } from '../config.ts';
import type { RateLimits } from '../ports/rate-limiter.ts';

/** Milliseconds for which what is not whole is kept, or what a replay goes on with. */
const PASSING = 600_000;

/** What the limits are, as the settings have them. */
export const limitsOf = (): RateLimits => {
  const bytes = config(quota);
  return {
    ...config(rateLimits),
    quota: {
      stored: { bytes, duration: config(history).retention },
      passing: { bytes: Math.ceil(bytes / 16), duration: PASSING },
    },
  };
};
