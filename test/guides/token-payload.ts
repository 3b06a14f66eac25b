import { Tokens } from '../../lib/auth/token.ts';
import { SECRET, tokenFor } from '../tokens.ts';

/** Milliseconds. A document has times of the day when it was written. */
const YEARS = 100 * 365 * 86_400_000;

/**
 * Has the service read a token with this payload, which may leave out when it ends.
 *
 * @returns why it does not take it; undefined where it does.
 */
export const refusalOfToken = async (payload: Readonly<Record<string, unknown>>): Promise<string | undefined> => {
  const tokens = new Tokens({
    ...{ secret: SECRET, jwksUrl: undefined, issuer: undefined, audience: undefined },
    clockTolerance: YEARS,
    defaultGrants: { subscribe: [], publish: [] },
  });
  try {
    await tokens.identify(await tokenFor(String(payload['sub']), payload));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
