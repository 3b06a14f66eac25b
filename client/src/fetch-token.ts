import { type Clock, withTimeout } from './clock.ts';
import { TokenError } from './errors.ts';

/**
 * Asks the application for a token, and waits no longer than its patience: a request under way is lost with the network that
 * it went by.
 *
 * @param patience - milliseconds.
 * @throws TokenError where none came.
 */
export const fetchToken = async (
  token: () => string | Promise<string>,
  clock: Clock,
  patience: number,
): Promise<string> => {
  const late = () => Promise.reject(new TokenError(`took longer than ${patience} ms`));
  try {
    const given: unknown = await withTimeout<unknown>(clock, patience, token(), late);
    if (typeof given === 'string' && given !== '') return given;
    throw new TokenError('gave no text');
  } catch (error) {
    throw error instanceof TokenError ? error : new TokenError(`failed: ${String(error)}`, error);
  }
};
