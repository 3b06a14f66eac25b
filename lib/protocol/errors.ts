/**
 * The one table of error codes. A code never changes its meaning; `temporary` tells a client whether the same request
 * may succeed later without being changed.
 */
export const ERRORS = {
  INVALID_JSON: { temporary: false, meaning: 'The frame is not JSON text.' },
  INVALID_MESSAGE: { temporary: false, meaning: 'The message is not an object, or a field is missing or malformed.' },
  UNKNOWN_TYPE: { temporary: false, meaning: 'The message has no `type`, or one that no client may send.' },
  BINARY_NOT_SUPPORTED: { temporary: false, meaning: 'A binary frame; the protocol is text.' },
  MESSAGE_TOO_LARGE: { temporary: false, meaning: 'The message is larger than `limits.messageSize`.' },
  INVALID_CHANNEL: { temporary: false, meaning: 'A channel does not follow the channel grammar.' },
  INVALID_PATTERN: { temporary: false, meaning: 'A pattern does not follow the pattern grammar, or is not RE2.' },
  TOO_MANY_SUBSCRIPTIONS: { temporary: false, meaning: 'The connection would hold more than `limits.subscriptions`.' },
  TOO_MANY_PATTERNS: {
    temporary: false,
    meaning: 'The user would have more patterns that channels are matched against one by one than a user may have.',
  },
  TOO_MANY_CONNECTIONS: {
    temporary: true,
    meaning: 'The user has as many connections as a user may have; the handshake was refused with 429.',
  },
  SEQUENCE_UNKNOWN: {
    temporary: false,
    meaning:
      'The broadcast may have been published before, which is not remembered any more. It was not published now.',
  },
  SEQUENCE_USED: {
    temporary: false,
    meaning: 'Another broadcast had this number of its publisher. It was not published.',
  },
  INVALID_CURSOR: { temporary: false, meaning: 'The cursor is not one of this user’s, or is too old.' },
  FORBIDDEN: { temporary: false, meaning: 'No grant of the session covers the channel or pattern.' },
  INVALID_TOKEN: { temporary: false, meaning: 'The token of an `auth` is not to be believed, or is another user’s.' },
  SESSION_EXPIRED: {
    temporary: false,
    meaning: 'The session has ended. The connection is closed; connect with a new token.',
  },
  SESSION_REVOKED: { temporary: false, meaning: 'The user’s sessions were revoked. The connection is closed.' },
  TOO_MANY_CHUNKS: {
    temporary: true,
    meaning: 'The connection has more chunks of unfinished messages under way than are held for it.',
  },
  RATE_LIMIT_EXCEEDED: { temporary: true, meaning: 'Too many messages; `type` says at which level they were counted.' },
  NOT_AVAILABLE: { temporary: false, meaning: 'The request is part of the protocol but not switched on here.' },
  OVERLOADED: {
    temporary: true,
    meaning: 'The service has more to do than it can, and took nothing. Repeating it after `retryAfter` is safe.',
  },
  UNAVAILABLE: {
    temporary: true,
    meaning:
      'A part the request needs is away, and the outcome unknown. Repeating it (a broadcast with its `id`) is safe.',
  },
  INTERNAL: { temporary: true, meaning: 'The request failed for a reason that is the service’s own.' },
} as const satisfies Record<string, { temporary: boolean; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A request that is answered with an `error` message. The connection survives it, unless it says otherwise. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode;
  /** Milliseconds after which the same request may be tried again, where that is known. */
  readonly retryAfter: number | undefined;
  /** What the code is about, where it is about one of several things. */
  readonly type: string | undefined;
  /** Idempotency keys by which broadcasts were tried, in their order: repeated with these, nothing is published twice. */
  readonly ids: readonly string[] | undefined;
  /** The connection is closed once this was said. */
  readonly closes: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      retryAfter?: number;
      type?: string;
      ids?: readonly string[];
      closes?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.type = options.type;
    this.ids = options.ids;
    this.closes = options.closes ?? false;
  }
}
