import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { installPackages } from '../../localstack/servers/packages.ts';
import { programFor } from '../programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PINS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const HOME = join(ROOT, '.local', 'aws-tools');
const INSTALLED = join(HOME, 'installed.txt');

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
 * they are missing, or others than `requirements.txt` says.
 *
 * @returns where their programs are.
 */
export const pythonTools = async (): Promise<string> => {
  const programs = join(HOME, 'bin');
  const pins = readFileSync(PINS, 'utf8');
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === pins) return programs;
  const python = await pythonWithEnvironments();
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  run(python, '-m', 'venv', HOME);
  run(
    join(programs, 'python'),
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '-r',
    PINS,
  );
  writeFileSync(INSTALLED, pins);
  return programs;
};
