import { problemOfArn } from '../config/forms.ts';
import { aws } from '../config/variables.ts';
import {
  ConfigError,
  config,
  configWith,
  namedSecrets,
  type SecretSection,
  type Secrets as Texts,
  warnings,
} from '../config.ts';
import { type Rotating, unchanging } from '../ports/rotating.ts';
import type { Secrets } from '../ports/secrets.ts';
import { RotatingSettings } from '../secrets/rotating-settings.ts';
import { systemClock } from '../sync/clock.ts';
import { logger } from '../telemetry/logger.ts';

const open = async (): Promise<Secrets> => {
  // A bundle of its own, loaded only where a secret is named: serverless/bundle/bundle.ts.
  const { SecretsManager } = await import('../secrets/secrets-manager.ts');
  return new SecretsManager(config(aws));
};

const wordsOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/**
 * Reads all secrets that the environment names, side by side.
 *
 * @throws ConfigError naming each that cannot be read, and what to do.
 */
const readAll = async (secrets: Secrets, names: ReadonlyMap<string, string>): Promise<Texts> => {
  const problems: string[] = [];
  const texts = await Promise.all(
    [...names].map(async ([variable, name]): Promise<[string, string]> => {
      const problem = problemOfArn(variable, name);
      if (problem !== undefined) {
        problems.push(problem);
        return [variable, ''];
      }
      try {
        return [variable, await secrets.current(name)];
      } catch (error) {
        problems.push(
          `${variable}: the secret ${name} could not be read (${wordsOf(error)}); see that it is there, that this function’s role may secretsmanager:GetSecretValue it, and that its network reaches Secrets Manager`,
        );
        return [variable, ''];
      }
    }),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return new Map(texts);
};

const names = namedSecrets();
const store = names.size === 0 ? undefined : await open();
const texts: Texts = store === undefined ? new Map() : await readAll(store, names);

const known = new WeakMap<SecretSection, Rotating<unknown>>();

const compose = <T>(section: SecretSection<T>): Rotating<T> => {
  for (const warning of warnings(section, texts)) logger.warn(warning);
  const name = names.get(section.secret);
  if (store === undefined || name === undefined) return unchanging(configWith(section, texts));
  return new RotatingSettings(
    {
      ...{ secrets: store, clock: systemClock, name },
      parse: (text) => configWith(section, new Map([[section.secret, text]])),
      onFailure: (error) =>
        logger.error(`${section.secret}: a secret could not be read again; as it was it goes on to be used`, {
          reason: wordsOf(error),
        }),
    },
    texts.get(section.secret) ?? '',
  );
};

/**
 * The settings of a section that has a secret, which may stand in the environment, or be read from Secrets Manager: once as a
 * function starts, then once it is old, and where it is refused. What of them is weak and allowed is told at the first call.
 *
 * @param section - of the table, imported by its name where it is used.
 * @throws ConfigError as `config` does.
 */
export const kept = <T>(section: SecretSection<T>): Rotating<T> => {
  const found = known.get(section) ?? compose(section);
  known.set(section, found);
  return found as Rotating<T>;
};
