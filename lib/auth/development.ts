import * as v from 'valibot';
import { identifier } from '../protocol/identifier.ts';

/** Who connects without naming a user. */
const ANYONE = 'anonymous';

/**
 * Takes a client at its word. For laptops and tests only: `AUTH_MODE=dev` is refused in production.
 *
 * @param claimed - the query parameter `user`.
 * @returns the user; undefined where the name cannot be one.
 */
export const developmentUser = (claimed: string | undefined): string | undefined => {
  if (claimed === undefined || claimed === '') return ANYONE;
  return v.is(identifier, claimed) ? claimed : undefined;
};
