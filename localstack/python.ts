import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, thisMachine } from './servers/machine.ts';
import { installPackages } from './servers/packages.ts';

const PYTHON = { aptPackage: 'python3-venv', brewFormula: 'python' };

/** The oldest version of Python that every package of every list takes, from its first release on. */
export const OLDEST_PYTHON = '3.11';

/** Fails where it is older than that, and where it makes no environments: Debian keeps what that takes in a package apart. */
const IS_USABLE = `import sys, ensurepip, venv; sys.exit(sys.version_info < (${OLDEST_PYTHON.replace('.', ', ')}))`;

/** @returns a Python that is recent enough and makes environments; undefined where there is none. */
export const findPython = async (machine: Machine): Promise<string | undefined> => {
  const python = machine.find('python3');
  if (python === undefined) return undefined;
  const { code } = await machine.run(python, ['-c', IS_USABLE]);
  return code === 0 ? python : undefined;
};

/** @returns as `findPython`, after an attempt to install it. @throws Error that says what was tried, where there is none. */
export const bringPython = async (machine: Machine, report: (line: string) => void): Promise<string> => {
  const found = await findPython(machine);
  if (found !== undefined) return found;
  const attempt = await installPackages(machine, [PYTHON], report);
  const installed = await findPython(machine);
  if (installed !== undefined) return installed;
  throw new Error(
    `There is no Python ${OLDEST_PYTHON} or later that makes environments (python3, with venv). Install one. Tried: ${attempt}`,
  );
};

const run = (program: string, ...args: string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
};

export interface PythonPackages {
  /** The folder of the environment; belongs to it alone. */
  readonly home: string;
  /** A list of requirements, each of one version, with all that they want. */
  readonly list: string;
  readonly report: (line: string) => void;
}

/**
 * Python packages in an environment of their own. Installed where they are missing, or others than the list says.
 *
 * @returns where their programs are.
 * @throws Error that names what to do, where there is no Python or PyPI does not give them.
 */
export const pythonPackages = async ({ home, list, report }: PythonPackages): Promise<string> => {
  const installed = join(home, 'installed.txt');
  const programs = join(home, 'bin');
  const pins = readFileSync(list, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === pins) return programs;
  const python = await bringPython(thisMachine, report);
  report(`Installing the packages of ${list} into ${home}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  run(python, '-m', 'venv', home);
  // Without compiling everything first: most of what is installed is never loaded.
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile', '-r', list];
  try {
    run(join(programs, 'python'), '-m', 'pip', 'install', ...quietly);
  } catch (cause) {
    throw new Error(`PyPI did not give the packages of ${list}: is it reached, directly or as pip is set up?`, {
      cause,
    });
  }
  writeFileSync(installed, pins);
  return programs;
};
