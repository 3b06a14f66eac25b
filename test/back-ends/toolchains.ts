import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPython, OLDEST_PYTHON, pythonPackages } from '../../localstack/python.ts';
import { thisMachine } from '../../localstack/servers/machine.ts';
import { preparations, programs } from './guide.ts';

const PYTHON_HOME = fileURLToPath(new URL('../../.local/back-ends-python', import.meta.url));
/** Where Go installs itself, without a word to PATH. */
const GO = ['/usr/local/go/bin'];

/** What is run, with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

interface Commands {
  readonly sell: Command;
  readonly hear: Command;
}

/** A language is not on this machine, or a registry does not give what its programs need. */
export class NotHere extends Error {}

export interface Toolchain {
  readonly language: string;
  /** The end of the names of its files. */
  readonly extension: string;
  /** Makes its programs ready to run, in a folder that has them. @throws NotHere, which says what is missing. */
  prepare(directory: string): Promise<Commands>;
}

const preparationOf = (language: string): string => {
  const commands = preparations.get(language);
  if (commands === undefined) throw new Error(`The guide does not say what to type before the programs in ${language}`);
  return commands;
};

const notGiven = (cause: Error): never => {
  throw new NotHere(`its packages were not given: ${cause.message}`, { cause });
};

const python: Toolchain = {
  language: 'Python',
  extension: 'py',
  prepare: async (directory) => {
    if ((await findPython(thisMachine)) === undefined) {
      throw new NotHere(`there is no Python ${OLDEST_PYTHON} or later that makes environments`);
    }
    const list = join(directory, 'requirements.txt');
    writeFileSync(list, preparationOf('Python').replace('pip install ', ''));
    const programs = await pythonPackages({ home: PYTHON_HOME, list, report: console.log }).catch(notGiven);
    const program = join(programs, 'python');
    return { sell: [program, 'sell.py'], hear: [program, 'hear.py'] };
  },
};

const go: Toolchain = {
  language: 'Go',
  extension: 'go',
  prepare: async (directory) => {
    const program = thisMachine.find('go', GO);
    if (program === undefined) throw new NotHere('there is no Go');
    const run = (...args: string[]) => promisify(execFile)(program, args, { cwd: directory });
    for (const line of preparationOf('Go').trim().split('\n')) await run(...line.split(' ').slice(1)).catch(notGiven);
    // Each is a program of its own, and built: `go run` would start it as a child that outlives it.
    for (const name of ['sell', 'hear']) await run('build', '-o', name, `${name}.go`);
    return { sell: [join(directory, 'sell')], hear: [join(directory, 'hear')] };
  },
};

const node: Toolchain = {
  language: 'Node',
  extension: 'mjs',
  // The folder lies within this clone, which has amqplib.
  prepare: async () => ({ sell: [process.execPath, 'sell.mjs'], hear: [process.execPath, 'hear.mjs'] }),
};

/** In which languages the guide has programs. */
export const toolchains = [python, go, node] as const;

/** Writes the two programs of a language as the guide prints them. */
export const writePrograms = (directory: string, { extension }: Toolchain): void => {
  mkdirSync(directory, { recursive: true });
  for (const name of [`sell.${extension}`, `hear.${extension}`]) {
    const text = programs.get(name);
    if (text === undefined) throw new Error(`The guide has no ${name}`);
    writeFileSync(join(directory, name), text);
  }
};
