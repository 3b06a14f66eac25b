import type { ErrorCode, ProtocolError } from './errors.ts';
import type { Position, Positions } from './position.ts';
import type { Priority } from './priority.ts';

type RequestId = string | number | undefined;

/** Sent once, as soon as the connection can be posted to. */
export interface ConnectionMessage {
  readonly type: 'connection';
  readonly protocol: number;
  readonly connectionId: string;
  readonly userId: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** When the session ends, by the same clock; null for never. */
  readonly expires: number | null;
  readonly server: {
    readonly features: {
      /** It takes several requests in one frame. */
      readonly batch: boolean;
      readonly compression: boolean;
      readonly patterns: boolean;
      readonly replay: boolean;
      readonly rateLimit: boolean;
      readonly messageQueue: boolean;
    };
  };
  readonly limits: {
    /** Bytes of one message. */
    readonly messageSize: number;
    /** Milliseconds between a client's pings. */
    readonly heartbeatInterval: number;
    /** Channels and patterns one connection may hold. */
    readonly subscriptions: number;
    /** Messages one batch may hold. */
    readonly batch: number;
    /** Events of one answer to a replay, at most. */
    readonly replay: number;
  };
}

/** Sent only after the subscriptions are durable. */
export interface SubscribedMessage {
  readonly type: 'subscribed';
  readonly requestId: RequestId;
  readonly channels: readonly string[];
  readonly patterns: readonly string[];
  /** Where the named channels stood once the subscription was durable. */
  readonly positions: Positions;
  /** The history's clock once the subscription was durable, milliseconds since 1970. */
  readonly time: number;
}

export interface UnsubscribedMessage {
  readonly type: 'unsubscribed';
  readonly requestId: RequestId;
  readonly channels: readonly string[];
  readonly patterns: readonly string[];
  readonly time: number;
}

/** Sent only after the broker confirmed the broadcast and routed it to a queue. */
export interface AckMessage {
  readonly type: 'ack';
  readonly requestId: RequestId;
  readonly id: string;
}

/** What the last frame of a replay says of the whole; earlier frames carry events only. */
export interface ReplaySummary {
  /** Nothing that was asked for, up to where the answer ends, is missing. */
  readonly recovered: boolean;
  /** There is more than the limit allowed; `next` goes on. */
  readonly truncated: boolean;
  /** Channels of which something is missing, as far as they are known. */
  readonly lost: readonly string[];
  /** Channels on which some of the user’s private events are missing. */
  readonly lostPrivate: readonly string[];
  /** Where channels stand now of which something is missing. */
  readonly positions: Positions;
  readonly next: string | null;
  /** The history’s clock before the answer was read, milliseconds since 1970. */
  readonly time: number;
  /** Channels and patterns the connection is subscribed to. */
  readonly subscriptions: number;
}

/** Sent once the connection has the session of the token. */
export interface AuthenticatedMessage {
  readonly type: 'authenticated';
  readonly requestId: RequestId;
  /** When the session ends, milliseconds since 1970; null for never. */
  readonly expires: number | null;
  /** Subscriptions that the new session does not allow, and that were ended. */
  readonly ended: readonly string[];
}

/** Says how frames travel from now on. */
export interface CompressionMessage {
  readonly type: 'compression';
  readonly requestId: RequestId;
  readonly enabled: boolean;
  /** Level of deflate that the service uses, whichever was asked for: equal frames are compressed once for all. */
  readonly level: number;
  /** Bytes above which a frame is compressed. */
  readonly threshold: number;
}

export interface PongMessage {
  readonly type: 'pong';
  readonly requestId: RequestId;
  readonly time: number;
  /** Channels that hold more than the position the ping named. */
  readonly behind?: readonly string[];
  /** Channels and patterns the connection is subscribed to, where the ping named positions. */
  readonly subscriptions?: number;
  /** There are none: subscribe again. */
  readonly unsubscribed?: true;
}

/** The connection is about to be closed in order, by a service that goes down. What is sent after it is not taken. */
export interface ReconnectMessage {
  readonly type: 'reconnect';
  /** Milliseconds after which this client is to connect again; another number for each. */
  readonly after: number;
}

export interface ErrorMessage {
  readonly type: 'error';
  readonly requestId: RequestId;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly retryAfter?: number;
    readonly type?: string;
  };
}

/** Everything of an `event` but its data, which travels as the JSON text the publisher sent. */
export interface EventHead extends Position {
  readonly type: 'event';
  readonly id: string;
  readonly channel: string;
  readonly category: string;
  readonly priority: Priority;
  /** Who published it, where that is known. */
  readonly userId?: string;
  /** When it was appended, milliseconds since 1970; never decreasing within a channel. */
  readonly timestamp: number;
  /** Present where the event was addressed to users by name; its position is then the user's own. */
  readonly private?: true;
}

/** What answers a client's frame. */
export type Answer =
  | SubscribedMessage
  | UnsubscribedMessage
  | AckMessage
  | PongMessage
  | AuthenticatedMessage
  | CompressionMessage
  | ErrorMessage;

/** The message that answers a refused request. */
export const errorMessage = (error: ProtocolError, requestId: RequestId): ErrorMessage => ({
  type: 'error',
  requestId,
  error: {
    code: error.code,
    message: error.message,
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
    ...(error.type === undefined ? {} : { type: error.type }),
  },
});
