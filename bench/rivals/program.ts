import { spawnSync } from 'node:child_process';
import type { Packaged } from '../../localstack/servers/packages.ts';
import { programFor } from '../../test/programs.ts';

/**
 * The program of a rival, installed by the package manager if it is not there.
 *
 * @returns its path, or why there is none.
 */
export const rivalProgram = (
  name: string,
  packaged: Packaged,
): Promise<{ readonly path: string } | { readonly missing: string }> =>
  programFor([name], packaged, ['/usr/sbin', '/usr/local/sbin']).then(
    (path) => ({ path }),
    ({ message }: Error) => ({ missing: message }),
  );

/** @returns the first version that a program says, asked with these arguments. */
export const versionOf = (program: string, args: readonly string[]): string => {
  // Mosquitto says its usage, with its version, and ends with an error.
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'of unknown version';
};
