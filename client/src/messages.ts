export type { AckMessage } from '../../lib/protocol/messages/broadcast.ts';
export type { CompressionMessage } from '../../lib/protocol/messages/compression.ts';
export type { ConnectionMessage } from '../../lib/protocol/messages/connection.ts';
export type { ErrorMessage } from '../../lib/protocol/messages/error.ts';
/** An event as it was heard. */
export type { EventMessage as Event } from '../../lib/protocol/messages/event.ts';
export type { PongMessage } from '../../lib/protocol/messages/ping.ts';
export type { ReplayMessage, ReplaySummary } from '../../lib/protocol/messages/replay.ts';
export type {
  Answer,
  AnswerType,
  RequestType,
  RequestWriting,
  ServerMessage,
} from '../../lib/protocol/messages/table.ts';
export type { Priority } from '../../lib/protocol/priority.ts';

/** How an event came: posted as it happened, or in the answer to a replay. */
export type Source = 'live' | 'replay';
