import type { ErrorCode } from '../../lib/protocol/errors.ts';

/** As the protocol's table of errors has it, whose texts are not carried to every page. */
export const TEMPORARY: readonly ErrorCode[] = [
  'TOO_MANY_CONNECTIONS',
  'TOO_MANY_CHUNKS',
  'RATE_LIMIT_EXCEEDED',
  'OVERLOADED',
  'UNAVAILABLE',
  'INTERNAL',
];

const isTemporary = (code: string): boolean => (TEMPORARY as readonly string[]).includes(code);

/** What an error is about. `session` is who this client is and may do, `handler` code of the application. */
export type About = 'subscription' | 'handler' | 'broadcast' | 'replay' | 'connection' | 'session' | 'client';

/**
 * What is to be done about an error:
 *
 * - `wait`: nothing; the client tries again by itself.
 * - `repeat`: the same may be asked again, after `retryAfter` milliseconds where that is given.
 * - `change`: it would be refused again; what was asked for, or who asks, has to be another.
 * - `look`: whether it was done is unknown; look, then repeat it.
 * - `mend`: code of the application failed.
 * - `connect`: there is no client any more; connect anew.
 */
export type Advice = 'wait' | 'repeat' | 'change' | 'look' | 'mend' | 'connect';

/** What every error of the library says. `name` and `about` tell one from another. */
export abstract class Failure<Name extends string, What extends About> extends Error {
  override readonly name: Name;
  readonly about: What;
  /** Whether what it is about is over for good, and not tried again. The client itself is once its state is `closed`. */
  readonly isFinal: boolean;
  readonly advice: Advice;

  constructor(name: Name, about: What, isFinal: boolean, advice: Advice, message: string) {
    super(message);
    this.name = name;
    this.about = about;
    this.isFinal = isFinal;
    this.advice = advice;
  }
}

/** The service refused a request, or would. */
export class RequestError extends Failure<'RequestError', Exclude<About, 'handler' | 'client'>> {
  /** From the protocol's table of errors; a newer service may know more of them. */
  readonly code: string;
  /** Milliseconds after which the same request may succeed, where that is known. */
  readonly retryAfter: number | undefined;
  /** Where in the data of a broadcast it stands, `data.items[3].price`, where that was found before anything was sent. */
  readonly path: string | undefined;
  constructor(about: RequestError['about'], code: string, message: string, retryAfter?: number, path?: string) {
    const temporary = retryAfter !== undefined || isTemporary(code);
    super('RequestError', about, !temporary, temporary ? 'repeat' : 'change', message);
    this.code = code;
    this.retryAfter = retryAfter;
    this.path = path;
  }

  /** Whether the same request may succeed later without being changed. */
  get temporary(): boolean {
    return !this.isFinal;
  }
}

/** The connection ended, or did not answer in time. Another one is made, unless this is for good. */
export class ConnectionLostError extends Failure<'ConnectionLostError', 'connection'> {
  /** The close code; undefined where there was no connection yet. */
  readonly closeCode: number | undefined;

  constructor(closeCode?: number, reason = '', isFinal = false) {
    const why = [closeCode, reason].filter(Boolean).join(', ');
    super('ConnectionLostError', 'connection', isFinal, isFinal ? 'connect' : 'wait', `No connection (${why})`);
    this.closeCode = closeCode;
  }
}

/** No connection could be made, and the service was asked why. It is tried again, unless this is for good. */
export class HandshakeError extends Failure<'HandshakeError', 'connection'> {
  /**
   * From the protocol's table of errors, or over HTTP:
   *
   * - `UNAUTHENTICATED`: `token` says what is wrong with it. After a second one in a row the client is closed, since a third
   *   would be no better.
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

  constructor(code: string, token?: HandshakeError['token'], isFinal = false) {
    const advice = isTemporary(code) || code === 'UNREACHABLE' ? 'wait' : 'change';
    super(
      'HandshakeError',
      'connection',
      isFinal,
      advice,
      `The handshake failed: ${code}${token ? ` (${token} token)` : ''}`,
    );
    this.code = code;
    this.token = token;
  }
}

/** The client was closed before this was done. */
export class ClosedError extends Failure<'ClosedError', 'client'> {
  constructor() {
    super('ClosedError', 'client', true, 'connect', 'The client is closed');
  }
}

/** The client went on as another user before this was done. Of a broadcast: it was not sent. */
export class UserChangedError extends Failure<'UserChangedError', 'session'> {
  constructor() {
    super('UserChangedError', 'session', true, 'change', 'The user is another');
  }
}

/** The outbox is full: more broadcasts wait to be sent than were allowed. This one was not taken. */
export class OutboxFullError extends Failure<'OutboxFullError', 'broadcast'> {
  constructor(size: number) {
    super('OutboxFullError', 'broadcast', true, 'repeat', `${size} broadcasts are waiting`);
  }
}

/**
 * A broadcast was sent and its answer never came. It may have been heard or not; sending it again could publish it
 * twice, since the service remembers its id for a limited time.
 */
export class OutcomeUnknownError extends Failure<'OutcomeUnknownError', 'broadcast'> {
  readonly id: string;

  constructor(id: string) {
    super('OutcomeUnknownError', 'broadcast', true, 'look', `Whether ${JSON.stringify(id)} was published is unknown`);
    this.id = id;
  }
}

/** The application gave no token. It is asked again for the next connection, or while there is time. */
export class TokenError extends Failure<'TokenError', 'session'> {
  /** What it threw, if it did. */
  override readonly cause: unknown;

  constructor(message: string, cause?: unknown) {
    super('TokenError', 'session', false, 'mend', `token() ${message}`);
    this.cause = cause;
  }
}

/** A frame from the service could not be read, or taken in. */
export class FrameError extends Failure<'FrameError', 'connection'> {
  /** Whether it was compressed, so that nobody knows what was in it. */
  readonly isCompressed: boolean;

  constructor(why: unknown, isCompressed = false) {
    super('FrameError', 'connection', false, 'wait', `Unreadable frame: ${String(why)}`);
    this.isCompressed = isCompressed;
  }
}
