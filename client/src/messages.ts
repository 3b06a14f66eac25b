import type { Priority } from '../../lib/protocol/priority.ts';
import type {
  AckMessage,
  AuthenticatedMessage,
  CompressionMessage,
  ConnectionMessage,
  ErrorMessage,
  EventHead,
  PongMessage,
  ReconnectMessage,
  ReplaySummary,
  SubscribedMessage,
  UnsubscribedMessage,
} from '../../lib/protocol/server-messages.ts';

/** An event as it was heard. */
export interface Event extends EventHead {
  readonly data: unknown;
  /** Present where the event was too large to be sent: `data` is then null. */
  readonly omitted?: true;
}

/** One frame of the answer to `sendInitialState`. */
interface StateMessage {
  readonly type: 'state';
  readonly requestId?: string | number | undefined;
  readonly events: readonly Event[];
  readonly final: boolean;
}

/** One frame of the answer to a replay; the last carries the summary. */
type ReplayMessage = Partial<ReplaySummary> & {
  readonly type: 'replay';
  readonly requestId?: string | number | undefined;
  readonly events: readonly Event[];
  readonly final: boolean;
};

/** What the service sends, once batches, chunks and compressed frames are undone. */
export type ServerMessage =
  | AckMessage
  | AuthenticatedMessage
  | CompressionMessage
  | (ConnectionMessage & { readonly requestId?: undefined })
  | ErrorMessage
  | (Event & { readonly requestId?: undefined })
  | PongMessage
  | (ReconnectMessage & { readonly requestId?: undefined })
  | ReplayMessage
  | StateMessage
  | SubscribedMessage
  | UnsubscribedMessage;

/** What the library sends, but for its `requestId`. */
export type ClientRequest = { readonly type: string } & Readonly<Record<string, unknown>>;

export type { CompressionMessage, ConnectionMessage, ErrorMessage, Priority, ReplaySummary };
