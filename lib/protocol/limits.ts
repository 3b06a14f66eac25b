/** The version of the protocol, announced in `connection`. */
export const PROTOCOL_VERSION = 1;

/** Characters of an idempotency key, a `requestId` or a user's name. */
export const MAX_IDENTIFIER_LENGTH = 128;

/** Channels and patterns of one `subscribe` or `unsubscribe`, and users of one `targetUsers`. */
export const MAX_LIST_LENGTH = 1_000;

/** Messages of one `batch` from a client. */
export const MAX_BATCH_LENGTH = 100;

/** Channels of one request that are named with a position, or alone. */
export const MAX_POSITIONS = 500;

/**
 * Milliseconds between two looks for connections of one user that are gone: who opens connection after connection has the
 * gateway asked no more. One who has too many may try again after it.
 */
export const CONNECTIONS_PAUSE = 30_000;

/** Characters of a token. */
export const MAX_TOKEN_LENGTH = 16_384;

/** Frames one message may be cut into. */
export const MAX_CHUNKS = 1_024;

/**
 * Brackets within brackets of what is broadcast: parsers in other languages give up beyond (Jackson and Python’s json at
 * 1,000), so that one publisher could take the hearing from all.
 */
export const MAX_NESTING = 1_000;
