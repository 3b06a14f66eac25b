import { TokenAuthenticator } from '../auth/identify.ts';
import { Tokens } from '../auth/token.ts';
import { auth, signIn } from '../config/variables.ts';
import { config } from '../config.ts';
import type { Directory } from '../ports/directory.ts';
import { partOf } from '../ports/rotating.ts';
import { logger } from '../telemetry/logger.ts';
import { kept } from './secrets.ts';

/** Who checks tokens; undefined where clients are taken at their word. */
export const composeAuthenticator = (directory: Pick<Directory, 'isRevoked'>): TokenAuthenticator | undefined => {
  if (config(signIn) === 'dev') return undefined;
  const settings = kept(auth);
  const tokens = new Tokens({ ...settings.latest, secret: partOf(settings, ({ secret }) => secret) });
  return new TokenAuthenticator(tokens, directory, (reason) => logger.info('A token was refused', { reason }));
};
