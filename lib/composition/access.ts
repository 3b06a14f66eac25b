import { TokenAuthenticator } from '../auth/identify.ts';
import { Tokens } from '../auth/token.ts';
import { auth, signIn } from '../config/variables.ts';
import { config } from '../config.ts';
import type { Sessions } from '../ports/sessions.ts';
import { logger } from '../telemetry/logger.ts';
import { beware } from './beware.ts';

/** Who checks tokens; undefined where clients are taken at their word. */
export const composeAuthenticator = (sessions: Pick<Sessions, 'isRevoked'>): TokenAuthenticator | undefined => {
  if (config(signIn) === 'dev') return undefined;
  const settings = config(auth);
  beware(auth);
  return new TokenAuthenticator(new Tokens(settings), sessions, (reason) =>
    logger.info('A token was refused', { reason }),
  );
};
