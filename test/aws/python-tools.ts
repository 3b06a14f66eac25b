import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFor } from '../programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PINS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const HOME = join(ROOT, '.local', 'aws-tools');
const INSTALLED = join(HOME, 'installed.txt');

const run = (program: string, ...args: string[]): void => {
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
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
  // Debian keeps what makes an environment apart from Python.
  const python = await programFor(['python3'], { aptPackage: 'python3-venv', brewFormula: 'python' });
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
