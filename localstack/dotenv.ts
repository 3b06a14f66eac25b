import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { settings } from '../lib/config/reference.ts';
import { nearest, similar } from '../lib/config/similar.ts';
import { ConfigError } from '../lib/config.ts';
import { COMPOSE_VARIABLES } from './compose-variables.ts';
import { type EnvFile, parseEnvFile } from './env-file.ts';

/** The variable that says that `.env` was read, and what the environment lacks is not set. */
export const COMPLETE = 'ENVIRONMENT_IS_COMPLETE';

/** Variables of this product alone: one in the environment that is no setting is a slip, however it came there. */
const OWN_PREFIX = /^(?:AUTH|RATE_LIMIT|EVENT_REPLAY|FANOUT|CORS|COMPRESSION|HELMET|WS)_/;
/** Prefixes that others have too: there only what is nearly a setting is a slip. */
const SHARED_PREFIX = /^(?:ADMIN|HTTP|LAMBDA|LOG|MAX|METRICS|NODE|PATTERN|RABBITMQ|REDIS|TRACING)_/;
/** What other programs read that are started with this environment, and may stand in `.env` for them. */
const FOREIGN =
  /^(?:(?:AWS|NODE|NPM|SLS|DOCKER|COMPOSE|ERL|GF|LOCALSTACK|OTEL|LC|WS_NO)_\w+|(?:HTTP|HTTPS|NO|ALL)_PROXY|TZ|LANG|PATH|HOME|DEBUG|CI|NO_COLOR|FORCE_COLOR)$/i;

const composeNames = new Set(COMPOSE_VARIABLES.map(([name]) => name));
const known = (name: string): boolean => settings.has(name) || composeNames.has(name);

/** What somebody on a laptop may have meant. */
const settable = [...settings.values()].flatMap(({ name, notes }) => (notes.laptop === false ? [] : [name]));

const slip = (name: string, place: string, meant: readonly string[]): string => {
  if (meant.length === 0) return `${name} (${place}) is no setting; docs/configuration.md lists those there are`;
  return `${name} (${place}) is no setting; is ${meant.join(' or ')} meant?`;
};

const slipsInFile = ({ lines }: EnvFile, file: string): string[] =>
  Object.entries(lines).flatMap(([name, line]) => {
    if (known(name)) return [];
    const meant = nearest(name, [...settable, ...composeNames]);
    return meant.length === 0 && FOREIGN.test(name) ? [] : [slip(name, `line ${line} of ${file}`, meant)];
  });

const slipsInEnvironment = (environment: NodeJS.ProcessEnv, lines: Readonly<Record<string, number>>): string[] =>
  Object.keys(environment).flatMap((name) => {
    if (known(name) || FOREIGN.test(name) || name in lines) return [];
    const isSlip = OWN_PREFIX.test(name) || (SHARED_PREFIX.test(name) && similar(name, settable) !== undefined);
    return isSlip ? [slip(name, 'in the environment', nearest(name, settable))] : [];
  });

/**
 * Reads a `.env` file beneath an environment.
 *
 * @param file - its path. No file is the same as an empty one.
 * @param environment - wins over the file, variable by variable, even where it sets the empty text.
 * @returns both together, without the variables that are set to the empty text: those count as not set.
 * @throws ConfigError naming every line that cannot be read, and every name that is no setting and was meant as one.
 * @throws Error if there is a file and it cannot be read.
 */
export const readEnvironment = (file: string, environment: NodeJS.ProcessEnv): Record<string, string> => {
  const name = basename(file);
  const read = parseEnvFile(readIfPresent(file));
  const problems = [
    ...read.problems.map((problem) => `${name}: ${problem}`),
    ...slipsInFile(read, name),
    ...slipsInEnvironment(environment, read.lines),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  const merged = { ...read.values, ...environment };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
};

const readIfPresent = (file: string): Uint8Array => {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array();
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};
