import { DependencyAway, Overloaded, Overtaken, TooLarge } from '../ports/dependency.ts';
import { ProtocolError } from '../protocol/errors.ts';
import { Untaken } from './untaken.ts';

/** Milliseconds after which a client may try again what a missing dependency refused. */
const RETRY_AFTER = 1_000;

/** The same where there was too much to do: drawn for each, so that they do not all come at once. */
const LEAST = 1_000;
const MOST = 3_000;

/** Milliseconds after which to come again where there is too much to do. */
export const laterOf = (): number => Math.floor(LEAST + Math.random() * (MOST - LEAST));

/**
 * What an error comes to for whoever asked: what they did wrong, when to come again, or that the service failed.
 *
 * @param onFailure - told of what is not the client's doing.
 * @param wording - of a dependency that is away.
 */
export const refusalOf = (
  error: unknown,
  onFailure: (error: unknown) => void,
  wording: (away: DependencyAway) => string,
): ProtocolError => {
  if (!(error instanceof Untaken)) return plainRefusalOf(error, onFailure, wording);
  const { code, message, retryAfter, cause } = plainRefusalOf(error.cause, onFailure, wording);
  return new ProtocolError(code, message, {
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ids: error.ids,
    cause,
  });
};

const plainRefusalOf = (
  error: unknown,
  onFailure: (error: unknown) => void,
  wording: (away: DependencyAway) => string,
): ProtocolError => {
  if (error instanceof ProtocolError) return error;
  if (error instanceof Overloaded) {
    return new ProtocolError('OVERLOADED', 'The service has more to do than it can; try again later', {
      retryAfter: laterOf(),
      cause: error,
    });
  }
  if (error instanceof TooLarge) {
    return new ProtocolError('MESSAGE_TOO_LARGE', `A message may have ${error.most} bytes on its way`, {
      cause: error,
    });
  }
  if (error instanceof Overtaken) {
    return new ProtocolError('UNAVAILABLE', 'Other requests of the connection undid this; ask again', {
      retryAfter: RETRY_AFTER,
      cause: error,
    });
  }
  onFailure(error);
  return error instanceof DependencyAway
    ? new ProtocolError('UNAVAILABLE', wording(error), { retryAfter: RETRY_AFTER })
    : new ProtocolError('INTERNAL', 'The service failed to do this');
};
