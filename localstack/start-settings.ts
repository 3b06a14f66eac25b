import { idleSettings, settings } from '../lib/config/reference.ts';
import { type Config, ConfigError } from '../lib/config.ts';
import { readSources, type Sources } from './dotenv.ts';
import { checkSettings } from './settings.ts';

const namedIn = (problem: string): readonly string[] =>
  [...new Set(problem.split(/\W/))].filter((name) => settings.has(name));

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
    .map((problem) => located(problem, sources));

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
  /** What was set and has no effect, in words. */
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
  if (problems.length > 0) throw new ConfigError(problems);
  return { environment: said, config, idle: idleSettings(said).map((each) => located(each, sources)) };
};
