import { TokenAuthenticator } from '../auth/identify.ts';
import { Tokens } from '../auth/token.ts';
import { config } from '../config.ts';
import type { Sessions } from '../ports/sessions.ts';
import { logger } from '../telemetry/logger.ts';

/** Who checks tokens; undefined where clients are taken at their word. */
export const composeAuthenticator = (sessions: Pick<Sessions, 'isRevoked'>): TokenAuthenticator | undefined => {
  const { auth } = config();
  if (auth.mode === 'dev') return undefined;
  return new TokenAuthenticator(new Tokens(auth), sessions, (reason) => logger.info('A token was refused', { reason }));
};
