import path from 'node:path';

/**
 * What a `.dockerignore` keeps out of a build: for a path, the last pattern counts that fits it or a folder it lies in.
 *
 * @param patterns - the lines of the file.
 * @returns whether a path, relative to the folder of the build, is kept out.
 */
export const ignoredBy = (patterns: readonly string[]): ((file: string) => boolean) => {
  const rules = patterns
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ keeps: line.startsWith('!'), glob: line.replace(/^!/, '') }));
  return (file) => {
    const segments = file.split(path.sep);
    const lineage = segments.map((_, depth) => segments.slice(0, depth + 1).join('/'));
    const last = rules.findLast(({ glob }) => lineage.some((each) => path.posix.matchesGlob(each, glob)));
    return last !== undefined && !last.keeps;
  };
};
