import { join } from 'node:path';
import { readEnvironment } from '../localstack/dotenv.ts';
import { checkSettings } from '../localstack/settings.ts';
import { ROOT } from './root.ts';

/**
 * The settings that the service of this clone has: those of `.env`, and of the environment, which wins.
 *
 * @throws ConfigError naming every line that cannot be read, and every name that is no setting and was meant as one.
 */
export const settingsHere = (): Record<string, string> => readEnvironment(join(ROOT, '.env'), process.env);

/**
 * Where `npm start` has the service of this clone.
 *
 * @throws ConfigError naming every setting that is not usable, as `npm start` does.
 */
export const addressesHere = (): { readonly url: string; readonly http: string } => {
  const { websocket, http } = checkSettings(settingsHere()).ports;
  return { url: `ws://localhost:${websocket}`, http: `http://localhost:${http}` };
};
