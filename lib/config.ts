import { ConfigError, type Environment, type PlainSection, type Secrets, type Section } from './config/section.ts';
import { sections } from './config/variables.ts';

export { ConfigError, type Environment, type SecretSection, type Secrets } from './config/section.ts';

type SettingsOf<S> = S extends Section<infer T> ? T : never;

/** All settings, as the product uses them. Durations are in milliseconds unless the name says otherwise. */
export type Config = { readonly [K in keyof typeof sections]: SettingsOf<(typeof sections)[K]> };

/**
 * Parses the environment once into frozen settings: all there are, for what starts the product. A function reads its own
 * by `config`.
 *
 * @param environment - the variables; a variable set to the empty text counts as not set, so that a line `NAME=` in a
 *   `.env` file means its default.
 * @returns the settings, frozen at every level.
 * @throws ConfigError naming every variable that is missing or malformed and what was expected.
 */
export const readConfig = (environment: Environment): Config => {
  const problems = new Set<string>();
  const entries = Object.entries<Section>(sections).map(([name, section]) => {
    try {
      return [name, section.read(environment)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return [name, undefined];
    }
  });
  if (problems.size > 0) throw new ConfigError([...problems]);
  return Object.freeze(Object.fromEntries(entries)) as Config;
};

const allowedIn = (
  section: Pick<Section, 'weaknesses'>,
  environment: Environment,
  secrets?: Secrets,
): readonly string[] =>
  section.weaknesses(environment, secrets).flatMap(({ says, weakness }) => (weakness?.allowed === true ? [says] : []));

/** @returns what of all settings is weak in production and was allowed, in words. */
export const allowedWeaknesses = (environment: Environment): readonly string[] =>
  Object.values<Section>(sections).flatMap((section) => allowedIn(section, environment));

const known = new WeakMap<Section, unknown>();

/**
 * The settings of one section, read from this process’s environment at the first call.
 *
 * @param section - of the table. A deployed function is given the settings of the sections it has in its bundle, so each
 *   is imported by its name where it is used. Those with secrets are had from `kept`, in composition/secrets.ts.
 * @returns the frozen settings.
 * @throws ConfigError naming every variable of the section that is missing or malformed and what was expected.
 */
export const config = <T>(section: PlainSection<T>): T => {
  if (!known.has(section)) known.set(section, section.read(process.env));
  return known.get(section) as T;
};

/**
 * The settings of one section by this process’s environment and secrets that were read.
 *
 * @throws as `config` does.
 */
export const configWith = <T>(section: Section<T>, secrets: Secrets): T => section.read(process.env, secrets);

/** Variables that name a secret end so. */
const NAMES_SECRET = '_SECRET_ARN';

/** @returns the secrets that this process’s environment names, by its variables. */
export const namedSecrets = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(process.env).flatMap(([variable, name]): [string, string][] =>
      variable.endsWith(NAMES_SECRET) && name ? [[variable, name]] : [],
    ),
  );

/**
 * What of one section, as this process’s environment has it, is weak in production and was allowed. It names no other
 * section: a function would be given the settings of all, secrets among them.
 *
 * @param secrets - that were read.
 * @returns it in words.
 */
export const warnings = (section: Pick<Section, 'weaknesses'>, secrets?: Secrets): readonly string[] =>
  allowedIn(section, process.env, secrets);
