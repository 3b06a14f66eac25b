import { thisMachine } from '../localstack/servers/machine.ts';
import { installPackages, type Packaged } from '../localstack/servers/packages.ts';

/**
 * A program that a test needs of the machine, installed where it is missing.
 *
 * @param names - any of which will do, the best first.
 * @param packaged - what brings it.
 * @param directories - where to look before PATH.
 * @returns its path.
 * @throws Error that says what is missing and what was tried.
 */
export const programFor = async (
  names: readonly string[],
  packaged: Packaged,
  directories: readonly string[] = [],
): Promise<string> => {
  const find = () => names.map((name) => thisMachine.find(name, directories)).find((path) => path !== undefined);
  const found = find();
  if (found !== undefined) return found;
  const attempt = await installPackages(thisMachine, [packaged], (line) => console.log(line));
  const installed = find();
  if (installed !== undefined) return installed;
  throw new Error(`${names[0]} is not on this machine, and is needed here. Install it. Tried: ${attempt}`);
};
