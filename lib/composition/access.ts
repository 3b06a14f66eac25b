import { TokenAuthenticator } from '../auth/identify.ts';
import { Tokens } from '../auth/token.ts';
import { auth, signIn } from '../config/variables.ts';
import { config } from '../config.ts';
import { partOf } from '../ports/rotating.ts';
import type { Sessions } from '../ports/sessions.ts';
import { logger } from '../telemetry/logger.ts';
import { kept } from './secrets.ts';

/** Who checks tokens; undefined where clients are taken at their word. */
export const composeAuthenticator = (sessions: Pick<Sessions, 'isRevoked'>): TokenAuthenticator | undefined => {
  if (config(signIn) === 'dev') return undefined;
  const settings = kept(auth);
  const tokens = new Tokens({ ...settings.latest, secret: partOf(settings, ({ secret }) => secret) });
  return new TokenAuthenticator(tokens, sessions, (reason) => logger.info('A token was refused', { reason }));
};
