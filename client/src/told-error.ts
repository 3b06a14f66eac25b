import {
  type ClosedError,
  type ConnectionLostError,
  Failure,
  FrameError,
  type HandshakeError,
  type OutboxFullError,
  type OutcomeUnknownError,
  type RequestError,
  type TokenError,
  type UserChangedError,
} from './errors.ts';
import type { HandlerError, SubscriptionError } from './subscription-errors.ts';

/** What `error` tells. */
export type ToldError =
  | SubscriptionError
  | HandlerError
  | ConnectionLostError
  | HandshakeError
  | TokenError
  | FrameError
  | Rejection;

/** What a promise of the library rejects with: of a broadcast all is told, of a question what the service says. */
export type Rejection = RequestError | ClosedError | UserChangedError | OutboxFullError | OutcomeUnknownError;

/** Every error as it is told: what else was thrown came of a frame that makes no sense. */
export const toldOf = (error: unknown): ToldError =>
  error instanceof Failure ? (error as unknown as ToldError) : new FrameError(error);
