import type { BroadcastOptions, ConnectOptions, Priority } from '../src/index.ts';

/** Who a token is of, and what it grants. */
export interface TestIdentity {
  readonly user: string;
  /** Channels and patterns that may be heard; all, unless named. */
  readonly subscribe?: readonly string[];
  /** Channels and patterns that may be published to; all, unless named. */
  readonly publish?: readonly string[];
  /** When the session ends, milliseconds since 1970 by the time of the service; never, unless named. */
  readonly expires?: number;
}

export interface TestServiceOptions {
  /** When its time begins, milliseconds since 1970. Default: now. */
  readonly begin?: number;
  /**
   * Says who a token is of; undefined for one that is not to be believed. Where it is given, a client that shows no token is
   * refused. Else clients are taken at their word, by `user`.
   */
  readonly identify?: (token: string) => TestIdentity | undefined | Promise<TestIdentity | undefined>;
  /** Milliseconds for which events are kept. Default: seven days. */
  readonly retention?: number;
  /** Events that a channel keeps. Default 10,000. */
  readonly maxEvents?: number;
}

/** Options of `connect()`, but for those by which a client finds the service. */
export type TestConnectOptions = Omit<ConnectOptions, 'url' | 'httpUrl' | 'webSocket' | 'clock'>;

export interface TestPublishOptions extends BroadcastOptions {
  /** Who publishes it. Default: `back-end`. */
  readonly user?: string;
}

/** An event that the service has appended, whoever published it. */
export interface TestEvent<Data = unknown> {
  readonly channel: string;
  readonly data: Data;
  readonly id: string;
  /** Who published it. */
  readonly user: string | undefined;
  /** Who alone may hear it; undefined where everyone may. */
  readonly to: string | undefined;
  readonly category: string;
  readonly priority: Priority;
  readonly offset: number;
  readonly epoch: string;
  /** Milliseconds since 1970, by the time of the service. */
  readonly timestamp: number;
}

/** A connection that is open. */
export interface TestConnection {
  readonly id: string;
  readonly user: string;
  /** The channels and patterns that it is subscribed to, in no order. */
  readonly subscriptions: readonly string[];
}

/** What a client can ask for. */
export type TestRequest = 'subscribe' | 'unsubscribe' | 'broadcast' | 'replay' | 'ping' | 'compression' | 'auth';

/** How a request is refused. */
export interface TestRefusal {
  /** A code of the protocol, as in `RequestError.code`. */
  readonly code: string;
  readonly message?: string;
  /** Milliseconds after which the client is to try again. */
  readonly retryAfter?: number;
  /** How many requests are refused. Default 1. */
  readonly times?: number;
}
