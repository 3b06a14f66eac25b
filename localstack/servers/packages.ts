import { fileURLToPath } from 'node:url';
import type { Machine, RunOptions } from './machine.ts';

const APT_SCRIPT = fileURLToPath(new URL('apt-install.sh', import.meta.url));

/** A program by the names it is packaged under. */
export interface Packaged {
  readonly aptPackage: string;
  readonly brewFormula: string;
}

interface PackageManager {
  readonly name: string;
  /** @returns the command that installs, or the reason why it cannot be run. */
  command(packages: readonly string[]): { command: string; args: readonly string[] } | { reason: string };
  packageOf(program: Packaged): string;
  readonly environment: Readonly<Record<string, string>>;
}

const apt = (machine: Machine): PackageManager => ({
  name: 'apt-get',
  packageOf: ({ aptPackage }) => aptPackage,
  environment: { DEBIAN_FRONTEND: 'noninteractive' },
  command: (packages) => {
    const script = ['sh', APT_SCRIPT, ...packages] as const;
    if (machine.root) return { command: script[0], args: script.slice(1) };
    const sudo = machine.find('sudo');
    if (sudo === undefined)
      return { reason: `apt-get needs root, and there is no sudo; as root: apt-get install ${packages.join(' ')}` };
    return { command: sudo, args: script };
  },
});

const brew = (path: string): PackageManager => ({
  name: 'brew',
  packageOf: ({ brewFormula }) => brewFormula,
  environment: { HOMEBREW_NO_ENV_HINTS: '1', HOMEBREW_NO_INSTALL_CLEANUP: '1' },
  command: (packages) => ({ command: path, args: ['install', ...packages] }),
});

const packageManagerOf = (machine: Machine): PackageManager | undefined => {
  if (machine.find('apt-get') !== undefined) return apt(machine);
  const path = machine.find('brew', ['/opt/homebrew/bin', '/usr/local/bin']);
  return path === undefined ? undefined : brew(path);
};

/**
 * Installs programs through the machine's package manager, and says so first.
 *
 * @param machine - where to install.
 * @param programs - what to install.
 * @param report - told what is being installed, and every line of the package manager.
 * @returns what was done, for the case that the programs are still missing afterwards.
 */
export const installPackages = async (
  machine: Machine,
  programs: readonly Packaged[],
  report: (line: string) => void,
): Promise<string> => {
  const manager = packageManagerOf(machine);
  if (manager === undefined) return 'no package manager: neither apt-get nor brew is in PATH';
  const packages = programs.map((program) => manager.packageOf(program));
  const step = manager.command(packages);
  if ('reason' in step) return step.reason;

  report(`Installing ${packages.join(' and ')} with ${manager.name}`);
  const options: RunOptions = { environment: manager.environment, onLine: (line) => report(`  ${line}`) };
  const { code, output } = await machine.run(step.command, step.args, options);
  if (code === 0) return `${manager.name} installed ${packages.join(' and ')}, but the program is not where expected`;
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  return `${manager.name} install ${packages.join(' ')} failed with exit code ${code}: ${lastLine}`;
};
