import type { ErrorCode } from '../../lib/protocol/errors.ts';
import type { Event } from './messages.ts';
import type { Subscription } from './subscription.ts';

/** As the protocol's table of errors has it, whose texts are not carried to every page. */
export const TEMPORARY: readonly ErrorCode[] = [
  'TOO_MANY_CONNECTIONS',
  'TOO_MANY_CHUNKS',
  'RATE_LIMIT_EXCEEDED',
  'OVERLOADED',
  'UNAVAILABLE',
  'INTERNAL',
];

/** The service refused a request. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** From the protocol's table of errors; a newer service may know more of them. */
  readonly code: string;
  /** Milliseconds after which the same request may succeed, where that is known. */
  readonly retryAfter: number | undefined;
  /** Where in the data of a broadcast it stands, `data.items[3].price`, where that was found before anything was sent. */
  readonly path: string | undefined;

  constructor(code: string, message: string, retryAfter?: number, path?: string) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
    this.path = path;
  }

  /** Whether the same request may succeed later without being changed. */
  get temporary(): boolean {
    return this.retryAfter !== undefined || (TEMPORARY as readonly string[]).includes(this.code);
  }
}

/** A subscription was refused, or has ended because the session does not allow it any more: for good. */
export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError';
  readonly subscription: Subscription;
  /** As in `RequestError`. */
  readonly code: string;
  override readonly cause: RequestError;

  constructor(subscription: Subscription, cause: RequestError) {
    super(`The subscription to ${subscription.text} has ended (${cause.code}): ${cause.message}`);
    this.subscription = subscription;
    this.code = cause.code;
    this.cause = cause;
  }
}

/** A handler threw, or what it returned rejected. The subscription goes on. */
export class HandlerError extends Error {
  override readonly name = 'HandlerError';
  readonly subscription: Subscription;
  /** What it was called with. */
  readonly event: Event;
  /** What it threw. */
  override readonly cause: unknown;

  constructor(subscription: Subscription, event: Event, cause: unknown) {
    super(`A handler of ${subscription.text} failed: ${String(cause)}`);
    this.subscription = subscription;
    this.event = event;
    this.cause = cause;
  }
}

/** The connection ended, or did not answer in time, before a request was answered. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** The close code; undefined where the connection was given up from this side. */
  readonly closeCode: number | undefined;

  constructor(message: string, closeCode?: number) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** No connection could be made, and the service was asked why. It is tried again, unless this is for good. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  /**
   * From the protocol's table of errors, or over HTTP:
   *
   * - `UNAUTHENTICATED`: `token` says what is wrong with it.
   * - `FORBIDDEN`: pages of this origin may not connect.
   * - `TOO_MANY_CONNECTIONS`, `RATE_LIMIT_EXCEEDED`: the user has, or sends, as much as a user may.
   * - `UNAVAILABLE`: the service is there, and cannot take connections now.
   *
   * or of the library:
   *
   * - `UNREACHABLE`: nothing answers at `httpUrl`, or a page may not read it: the network, the address or the service.
   * - `NOT_THIS_SERVICE`: something else answers at `httpUrl`, or a service that is too old to say more.
   * - `WRONG_ADDRESS`: the service would take the connection, but there is none to be had at `url`.
   */
  readonly code: string;
  readonly token: 'missing' | 'expired' | 'revoked' | 'forged' | undefined;
  /** A second token in a row was refused: the client is closed, since a third would be no better. */
  readonly isFinal: boolean;

  constructor(code: string, token?: HandshakeError['token'], isFinal = false) {
    super(`The handshake failed: ${code}${token === undefined ? '' : ` (${token} token)`}`);
    this.code = code;
    this.token = token;
    this.isFinal = isFinal;
  }
}

/** The client was closed before this was done. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
}

/** The outbox is full: more broadcasts wait to be sent than were allowed. This one was not taken. */
export class OutboxFullError extends Error {
  override readonly name = 'OutboxFullError';
}

/**
 * A broadcast was sent and its answer never came. It may have been heard or not; sending it again could publish it
 * twice, since the service remembers its id for a limited time.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  readonly id: string;

  constructor(id: string) {
    super(`No answer came for the broadcast ${JSON.stringify(id)}: whether it was published is unknown`);
    this.id = id;
  }
}

/** The application gave no token. It is asked again for the next connection, or while there is time. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  /** What it threw, if it did. */
  override readonly cause: unknown;

  constructor(message: string, cause?: unknown) {
    super(message);
    this.cause = cause;
  }
}

/** A frame from the service could not be read. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  /** Whether it was compressed, so that nobody knows what was in it. */
  readonly isCompressed: boolean;

  constructor(message: string, isCompressed = false) {
    super(message);
    this.isCompressed = isCompressed;
  }
}
