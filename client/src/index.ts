export type { Capability } from '../../lib/protocol/capabilities.ts';
export type { Position } from '../../lib/protocol/position.ts';
export type { HeardCounts } from './channel-tracker.ts';
export type { AnyChannels, DataOf, Event, Known } from './channels.ts';
export { Client, connect } from './client.ts';
export { type Clock, systemClock } from './clock.ts';
export {
  type About,
  type Advice,
  ClosedError,
  ConnectionLostError,
  FrameError,
  HandshakeError,
  OutboxFullError,
  OutcomeUnknownError,
  RequestError,
  TokenError,
  UserChangedError,
} from './errors.ts';
export type { Gap } from './gap.ts';
export type { Expressions } from './match/matcher.ts';
export type { ConnectionMessage, Priority, Source } from './messages.ts';
export type {
  BroadcastOptions,
  ClientEvents,
  ConnectOptions,
  HistoryOptions,
  HistoryPage,
  ReplayAnswer,
  ReplayQuestion,
  State,
} from './options.ts';
export type { SavedPositions } from './saved-positions.ts';
export type { GapReason } from './sequence-listener.ts';
export type { Handler, HowHeard, SubscribeOptions, Subscription } from './subscription.ts';
export { HandlerError, SubscriptionError } from './subscription-errors.ts';
export type { Rejection, ToldError } from './told-error.ts';
export type { WebSocketConstructor, WebSocketLike } from './web-socket.ts';
