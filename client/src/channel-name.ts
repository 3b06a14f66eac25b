import { isWellFormed } from '../../lib/protocol/well-formed.ts';
import { explainName } from './development.ts';
import { RequestError } from './errors.ts';
import { isChannel } from './match/matcher.ts';

/**
 * Refuses, as the service would, what is no channel or no pattern: but for expressions, which the service alone can compile.
 *
 * @param mayMatch - whether it may be a pattern.
 * @throws RequestError INVALID_CHANNEL, INVALID_PATTERN
 */
export const assertChannelOrPattern = (text: string, mayMatch: boolean): void => {
  const what = !mayMatch || isChannel(text) ? 'channel' : 'pattern';
  if (isWellFormed(text) && (mayMatch || isChannel(text))) return;
  const about = mayMatch ? 'subscription' : 'broadcast';
  const message = `${what} ${JSON.stringify(text)} is malformed`;
  const error = new RequestError(about, `INVALID_${what.toUpperCase()}`, message);
  explainName(error, text, mayMatch);
  throw error;
};
