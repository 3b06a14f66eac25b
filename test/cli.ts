import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { settings } from '../lib/config/reference.ts';

const PROGRAM = join(import.meta.dirname, '../cli/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly said: string;
  readonly complained: string;
  /** What it said as JSON, a value a line. */
  readonly values: () => readonly Readonly<Record<string, unknown>>[];
}

/** A command that runs. */
export interface Running {
  readonly said: () => string;
  readonly ended: Promise<Ended>;
  readonly interrupt: () => void;
}

/** What is empty in the environment is not filled from this clone's .env, which may say anything. */
const NOTHING_SET = Object.fromEntries([...settings.keys()].map((name) => [name, '']));

/** Runs a command as a person would, in an environment that has what is said here and nothing else. */
export const startCli = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running => {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH, HOME, ...NOTHING_SET, ...environment } });
  let said = '';
  let complained = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  const values = () =>
    said
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, said, complained, values }));
  });
  return { said: () => said, ended, interrupt: () => void child.kill('SIGINT') };
};

export const cli = (args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended> =>
  startCli(args, environment).ended;
