import path from 'node:path';
import { thisMachine } from '../../localstack/servers/machine.ts';

const INSTALL = path.join(import.meta.dirname, '../../localstack/servers/apt-install.sh');

/**
 * A program that a test needs of the machine. On Debian it is installed where it is missing.
 *
 * @param name - of the program.
 * @param debianPackage - that brings it.
 * @returns its path.
 * @throws Error that says what is missing and how to get it.
 */
export const programFor = async (name: string, debianPackage: string): Promise<string> => {
  const found = thisMachine.find(name);
  if (found !== undefined) return found;
  const how = `this test needs ${name}; on Debian as root: apt-get install ${debianPackage}`;
  if (thisMachine.find('apt-get') === undefined) throw new Error(how);
  const sudo = thisMachine.root ? undefined : thisMachine.find('sudo');
  if (!thisMachine.root && sudo === undefined) throw new Error(how);
  const words = [...(sudo === undefined ? [] : [sudo, '-n']), 'sh', INSTALL, debianPackage];
  console.log(`Installing ${debianPackage}`);
  const { code, output } = await thisMachine.run(words[0] as string, words.slice(1), {
    environment: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  const installed = thisMachine.find(name);
  if (installed === undefined) {
    throw new Error(`${how}; installing it ended with ${code}: ${output.trimEnd().split('\n').at(-1)}`);
  }
  return installed;
};
