import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { installPackages } from '../../localstack/servers/packages.ts';
import { programFor } from '../programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOME = join(ROOT, '.local', 'aws-tools');

/**
 * `stack` holds cfn-lint, and moto with what makes a stack in it. Checkov has an environment of its own, since it wants
 * other versions of the same packages.
 */
export type Tools = 'stack' | 'checkov';

const run = (program: string, ...args: string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
};

const PACKAGED = { aptPackage: 'python3-venv', brewFormula: 'python' };

/** @returns a Python that makes environments: Debian keeps what that takes in a package apart. */
const pythonWithEnvironments = async (): Promise<string> => {
  const python = await programFor(['python3'], PACKAGED);
  const isComplete = spawnSync(python, ['-c', 'import ensurepip, venv']).status === 0;
  if (!isComplete) await installPackages(thisMachine, [PACKAGED], (line) => console.log(line));
  return python;
};

/**
 * Tools that are Python packages, each of one version, in an environment of their own beneath `.local/`. Installed where
 * they are missing, or others than their list of requirements says.
 *
 * @returns where their programs are.
 * @throws Error that names what to do, where PyPI does not give them.
 */
export const pythonTools = async (tools: Tools): Promise<string> => {
  const list = fileURLToPath(new URL(`requirements-${tools}.txt`, import.meta.url));
  const home = join(HOME, tools);
  const installed = join(home, 'installed.txt');
  const programs = join(home, 'bin');
  const pins = readFileSync(list, 'utf8');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === pins) return programs;
  const python = await pythonWithEnvironments();
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  run(python, '-m', 'venv', home);
  const quietly = ['--quiet', '--disable-pip-version-check', '--no-deps', '-r', list];
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
