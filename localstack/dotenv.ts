import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { settings } from '../lib/config/reference.ts';
import { ConfigError } from '../lib/config.ts';
import { similar } from '../lib/protocol/similar.ts';
import { COMPOSE_VARIABLES } from './compose-variables.ts';
import { type EnvFile, parseEnvFile } from './env-file.ts';
import { nearest } from './nearest.ts';

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

/** A name that is no setting, and those that it may have been meant to be. */
interface Slip {
  readonly says: string;
  readonly meant: readonly string[];
}

/** What other programs call what is a setting here. */
const CALLED_ELSEWHERE: Readonly<Record<string, string>> = {
  ...{ REDIS_HOST: 'REDIS_URL', REDIS_USER: 'REDIS_URL', REDIS_USERNAME: 'REDIS_URL', REDIS_DB: 'REDIS_URL' },
  ...{ RABBITMQ_HOST: 'RABBITMQ_URL', RABBITMQ_USER: 'RABBITMQ_URL', RABBITMQ_USERNAME: 'RABBITMQ_URL' },
  ...{ RABBITMQ_PASSWORD: 'RABBITMQ_URL', RABBITMQ_PASS: 'RABBITMQ_URL', RABBITMQ_VHOST: 'RABBITMQ_URL' },
  ...{ AMQP_URL: 'RABBITMQ_URL', CLOUDAMQP_URL: 'RABBITMQ_URL', RABBIT_URL: 'RABBITMQ_URL' },
  ...{ ALLOWED_ORIGINS: 'CORS_ORIGINS', CORS_ORIGIN: 'CORS_ORIGINS', JWKS_URI: 'AUTH_JWKS_URL' },
};

const meantBy = (name: string, names: readonly string[]): readonly string[] => {
  const meant = CALLED_ELSEWHERE[name.toUpperCase()];
  return meant === undefined ? nearest(name, names) : [meant];
};

const slip = (name: string, place: string, meant: readonly string[]): Slip => {
  const guess = meant.length === 0 ? 'docs/configuration.md lists those there are' : `is ${meant.join(' or ')} meant?`;
  return { says: `${name} (${place}) is no setting; ${guess}`, meant };
};

const slipsInFile = ({ lines }: EnvFile, file: string): Slip[] =>
  Object.entries(lines).flatMap(([name, line]) => {
    if (known(name)) return [];
    const meant = meantBy(name, [...settable, ...composeNames]);
    return meant.length === 0 && FOREIGN.test(name) ? [] : [slip(name, `line ${line} of ${file}`, meant)];
  });

const slipsInEnvironment = (environment: NodeJS.ProcessEnv, lines: Readonly<Record<string, number>>): Slip[] =>
  Object.keys(environment).flatMap((name) => {
    if (known(name) || FOREIGN.test(name) || name in lines) return [];
    const isSlip = OWN_PREFIX.test(name) || (SHARED_PREFIX.test(name) && similar(name, settable) !== undefined);
    return isSlip ? [slip(name, 'in the environment', meantBy(name, settable))] : [];
  });

/** `1 and 4`, `1, 4 and 9`. */
const said = (lines: readonly number[]): string => `${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`;

/** A `.env` file beneath an environment. */
export interface Sources {
  /** Both together, without the variables that are set to the empty text: those count as not set. */
  readonly environment: Record<string, string>;
  /** Every line that cannot be read, and every name that is no setting and was meant as one. */
  readonly problems: readonly string[];
  /** Settings of which it is not known what they were meant to be, by a line that cannot be read or a slip. */
  readonly unknown: ReadonlySet<string>;
  /** What is said several times, in words. */
  readonly repeated: readonly string[];
  /** Where the file says a setting that counts: `line 3 of .env`. */
  readonly placeOf: (name: string) => string | undefined;
}

/**
 * Reads a `.env` file beneath an environment, and says what is wrong with names and lines beside.
 *
 * @param file - its path. No file is the same as an empty one.
 * @param environment - wins over the file, variable by variable, even where it sets the empty text.
 * @throws Error if there is a file and it cannot be read.
 */
export const readSources = (file: string, environment: NodeJS.ProcessEnv): Sources => {
  const name = basename(file);
  const read = parseEnvFile(readIfPresent(file));
  const slips = [...slipsInFile(read, name), ...slipsInEnvironment(environment, read.lines)];
  const merged = { ...read.values, ...environment };
  return {
    environment: Object.fromEntries(
      Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
    ),
    problems: [...read.problems.map((problem) => `${name}: ${problem}`), ...slips.map(({ says }) => says)],
    unknown: new Set([...read.unread, ...slips.flatMap(({ meant }) => meant)]),
    repeated: Object.entries(read.repeated).flatMap(([setting, lines]) =>
      environment[setting] === undefined
        ? [`${setting} stands on lines ${said(lines)} of ${name}; the last counts`]
        : [],
    ),
    placeOf: (setting) => {
      const line = environment[setting] === undefined ? read.lines[setting] : undefined;
      return line === undefined ? undefined : `line ${line} of ${name}`;
    },
  };
};

/**
 * Reads a `.env` file beneath an environment.
 *
 * @param file - as `readSources` takes it, and the environment likewise.
 * @returns both together.
 * @throws ConfigError naming every line that cannot be read, and every name that is no setting and was meant as one.
 * @throws Error if there is a file and it cannot be read.
 */
export const readEnvironment = (file: string, environment: NodeJS.ProcessEnv): Record<string, string> => {
  const { problems, environment: read } = readSources(file, environment);
  if (problems.length > 0) throw new ConfigError(problems);
  return read;
};

const readIfPresent = (file: string): Uint8Array => {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array();
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};
