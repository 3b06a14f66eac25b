import type { Exceeded, Level } from '../ports/rate-limiter.ts';
import { ProtocolError } from '../protocol/errors.ts';

/** What each level counts, and the setting that raises its limit. */
const LEVELS: Readonly<Record<Level, readonly [counts: string, setting: string]>> = {
  messageType: ['messages of this type and one connection', 'RATE_LIMIT_TYPES'],
  connection: ['messages of one connection', 'RATE_LIMIT_POINTS'],
  user: ['messages of one user', 'RATE_LIMIT_USER_POINTS'],
  backend: ['messages of one back-end', 'RATE_LIMIT_BACKEND_POINTS'],
  global: ['messages of everyone', 'RATE_LIMIT_GLOBAL_POINTS'],
  stored: ['bytes kept in histories of what one user sent', 'MAX_STORED_BYTES_PER_USER'],
  passing: ['bytes of chunks of one user', 'MAX_STORED_BYTES_PER_USER, of which it is a sixteenth'],
};

const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1_000)} s`;

/** What is said of a limit that was reached: which one, when to try again, and what raises it. */
export const exceeded = ({ level, points, duration, retryAfter, persistent }: Exceeded): ProtocolError => {
  const [counts, setting] = LEVELS[level];
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
