import type { Exceeded } from '../ports/rate-limiter.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { LIMITS_IN_WORDS } from '../protocol/http/limited.ts';

const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1_000)} s`;

/** What is said of a limit that was reached: which one, when to try again, and what raises it. */
export const exceeded = ({ level, points, duration, retryAfter, persistent }: Exceeded): ProtocolError => {
  const { counts, setting } = LIMITS_IN_WORDS[level];
  const limit = `Rate limit exceeded: ${level}, ${points} ${counts} in ${seconds(duration)}`;
  return new ProtocolError(
    'RATE_LIMIT_EXCEEDED',
    `${limit}; try again in ${seconds(retryAfter)}. Raised by ${setting}`,
    {
      retryAfter,
      type: level,
      closes: persistent,
    },
  );
};
