import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { settings } from '../lib/config/reference.ts';
import { similar } from '../lib/config/similar.ts';

/**
 * Reads a `.env` file beneath an environment.
 *
 * @param file - its path. No file is the same as an empty one.
 * @param environment - wins over the file, variable by variable, even where it sets the empty text.
 * @returns both together, without the variables that are set to the empty text: those count as not set.
 * @throws Error if there is a file and it cannot be read.
 */
export const readEnvironment = (file: string, environment: NodeJS.ProcessEnv): Record<string, string> => {
  const merged = { ...parseEnv(readIfPresent(file)), ...environment };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
};

/**
 * @param file - the path of a `.env` file.
 * @returns for each of its names that is no setting and nearly one, a line that says so.
 */
export const slipsIn = (file: string): string[] =>
  Object.keys(parseEnv(readIfPresent(file))).flatMap((name) => {
    const meant = settings.has(name) ? undefined : similar(name, settings.keys());
    return meant === undefined ? [] : [`There is no setting ${name}, which .env sets; is ${meant} meant?`];
  });

const readIfPresent = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};
