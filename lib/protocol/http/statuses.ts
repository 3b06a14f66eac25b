import type { ErrorCode } from '../errors.ts';

/** The status of an answer that refuses a request, by its code, where that is not 400. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  FORBIDDEN: 403,
  MESSAGE_TOO_LARGE: 413,
  RATE_LIMIT_EXCEEDED: 429,
  TOO_MANY_CONNECTIONS: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
  INTERNAL: 500,
};

/** The status of an answer that refuses a request. */
export const statusOf = (code: ErrorCode): number => STATUSES[code] ?? 400;
