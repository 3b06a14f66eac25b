import * as v from 'valibot';
import { idleSettings, settings } from '../lib/config/reference.ts';
import { type Config, ConfigError } from '../lib/config.ts';
import { CHOSEN_BY_START } from './compose-variables.ts';
import { readSources, type Sources } from './dotenv.ts';
import { isJson, meantValue } from './meant-value.ts';
import { checkSettings } from './settings.ts';

const namedIn = (problem: string): readonly string[] =>
  [...new Set(problem.split(/\W/))].filter((name) => settings.has(name) || CHOSEN_BY_START.has(name));

/** What may have been meant by a value that is not taken and is shown. */
const hinted = (problem: string, { environment }: Sources): string => {
  const [, name = ''] = /^(\w+)=.* is not usable; /s.exec(problem) ?? [];
  const [setting, value] = [settings.get(name), environment[name]];
  const meant = setting === undefined || value === undefined ? undefined : meantValue(setting, value);
  return meant === undefined ? problem : `${problem}; is ${meant} meant?`;
};

/** Values of JSON that are taken for something else. */
const jsonValues = ({ environment }: Sources): readonly string[] =>
  [...settings.values()].flatMap((setting) => {
    const { name, schema, expected, secret } = setting;
    const value = environment[name];
    if (secret === true || value === undefined || !isJson(value) || !v.is(schema, value)) return [];
    return [`${name}=${JSON.stringify(value)} is not usable; expected ${expected}, and no JSON`];
  });

/** What is set and is likely not to do what was meant. */
const doubtful = ({ environment }: Sources, { rateLimits }: Config): readonly string[] => {
  const { points } = rateLimits;
  const wider = [
    ['RATE_LIMIT_POINTS', points.connection, 'RATE_LIMIT_USER_POINTS', points.user],
    ['RATE_LIMIT_USER_POINTS', points.user, 'RATE_LIMIT_GLOBAL_POINTS', points.global],
  ] as const;
  const beyond = wider.flatMap(([name, value, other, most]) =>
    environment[name] !== undefined && value > most
      ? [`${name}=${value} has no effect beyond ${other}, which is ${most}`]
      : [],
  );
  const commas = [...settings.values()].flatMap(({ name, expected }) =>
    /separated by spaces/.test(expected) && environment[name]?.includes(',') === true
      ? [`${name} has a comma, which separates nothing: expected ${expected}`]
      : [],
  );
  return [...beyond, ...commas];
};

/** A problem, with where the settings stand that it names. */
const located = (problem: string, { placeOf }: Sources): string => {
  const places = namedIn(problem).flatMap((name) => {
    const place = placeOf(name);
    return place === undefined ? [] : [{ name, place }];
  });
  if (places.length === 0) return problem;
  const said = places.length === 1 ? places[0]?.place : places.map(({ name, place }) => `${name}: ${place}`).join(', ');
  return `${problem} (${said})`;
};

/** What is wrong with values, alone and together; nothing that follows from a name or a line that is wrong itself. */
const problemsOfValues = (error: ConfigError, sources: Sources): readonly string[] =>
  error.problems
    .filter((problem) => !namedIn(problem).some((name) => sources.unknown.has(name)))
    .map((problem) => located(hinted(problem, sources), sources));

const checked = (sources: Sources): Config => {
  try {
    return checkSettings(sources.environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError([...sources.problems, ...problemsOfValues(error, sources)]);
  }
};

/** What a start is told. */
export interface StartSettings {
  readonly environment: Record<string, string>;
  readonly config: Config;
  /** What was set and has no effect, or hardly that which was meant, in words. */
  readonly idle: readonly string[];
}

/**
 * Reads and checks what a start is told, before anything is started.
 *
 * @param file - the `.env` file, which may be missing.
 * @param environment - wins over the file.
 * @throws ConfigError naming at once all that is wrong with names, values and what does not fit together, each with its line
 *   where it stands in the file.
 * @throws Error if there is a file and it cannot be read.
 */
export const startSettings = (file: string, environment: NodeJS.ProcessEnv): StartSettings => {
  const sources = readSources(file, environment);
  const { environment: said, problems } = sources;
  const config = checked(sources);
  const json = jsonValues(sources).map((problem) => located(hinted(problem, sources), sources));
  if (problems.length + json.length > 0) throw new ConfigError([...problems, ...json]);
  const idle = [...idleSettings(said), ...doubtful(sources, config)].map((each) => located(each, sources));
  return { environment: said, config, idle: [...idle, ...sources.repeated] };
};
