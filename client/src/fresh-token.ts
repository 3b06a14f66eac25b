import type { Clock } from './clock.ts';
import { TokenError } from './errors.ts';

/**
 * Asks the application for a token, and waits no longer than its patience: a request under way is lost with the network that
 * it went by.
 *
 * @param patience - milliseconds.
 * @throws TokenError where none came.
 */
export const freshToken = async (
  token: () => string | Promise<string>,
  clock: Clock,
  patience: number,
): Promise<string> => {
  let stop = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    stop = clock.after(patience, () => reject(new TokenError(`token() took longer than ${patience} ms`)));
  });
  try {
    const given: unknown = await Promise.race([token(), late]);
    if (typeof given === 'string' && given !== '') return given;
    throw new TokenError('token() gave no text');
  } catch (error) {
    throw error instanceof TokenError ? error : new TokenError(`token() failed: ${String(error)}`, error);
  } finally {
    stop();
  }
};
