import { spawnSync } from 'node:child_process';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { installPackages, type Packaged } from '../../localstack/servers/packages.ts';

/**
 * The program of a rival, installed by the package manager if it is not there.
 *
 * @returns its path, or why there is none.
 */
export const rivalProgram = async (
  name: string,
  packaged: Packaged,
  say: (line: string) => void,
): Promise<{ readonly path: string } | { readonly missing: string }> => {
  const find = (): string | undefined => thisMachine.find(name, ['/usr/sbin', '/usr/local/sbin']);
  const found = find();
  if (found !== undefined) return { path: found };
  const attempt = await installPackages(thisMachine, [packaged], say);
  const installed = find();
  return installed === undefined ? { missing: `${name} is not on this machine; ${attempt}` } : { path: installed };
};

/** @returns the first version that a program says, asked with these arguments. */
export const versionOf = (program: string, args: readonly string[]): string => {
  // Mosquitto says its usage, with its version, and ends with an error.
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return /\d+(\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'of unknown version';
};
