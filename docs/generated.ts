import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** A file that is made, and what it should hold. */
export interface Generated {
  readonly path: string;
  readonly content: string;
}

/** @returns the paths of those files that do not hold what they should */
export const outdatedOf = (files: readonly Generated[]): string[] =>
  files.flatMap(({ path, content }) => (existsSync(path) && readFileSync(path, 'utf8') === content ? [] : [path]));

/** Has every file hold what it should. */
export const write = (files: readonly Generated[]): void => {
  for (const { path, content } of files) writeFileSync(path, content);
};
