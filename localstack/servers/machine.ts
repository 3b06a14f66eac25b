import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RunOptions {
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Milliseconds, after which the command is killed and counts as failed. */
  readonly timeout?: number;
  /** Called with every line while the command runs. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** 0 where it went well; -1 where the command could not be run or was killed. */
  readonly code: number;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** What the choice of servers needs of the machine it runs on. */
export interface Machine {
  /** Whether this process may do everything. */
  readonly root: boolean;
  /**
   * @param program - its name.
   * @param directories - where to look before PATH.
   * @returns the path of the executable, or undefined.
   */
  find(program: string, directories?: readonly string[]): string | undefined;
  /**
   * Runs a command to its end.
   *
   * @returns how it went. Never rejected: a command that does not exist is one that failed.
   */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const run: Machine['run'] = (command, args, options = {}) =>
  new Promise((resolve) => {
    const lines: string[] = [];
    const child = spawn(command, args, {
      cwd: options.directory,
      env: { ...process.env, ...options.environment },
      // The terminal stays connected: `sudo` may have to ask for a password.
      stdio: ['inherit', 'pipe', 'pipe'],
      ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        options.onLine?.(line);
      });
    }
    child.once('error', (error) => resolve({ code: -1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? -1, output: lines.join('\n') }));
  });

/** The machine this process runs on. */
export const thisMachine: Machine = {
  root: process.getuid?.() === 0,
  find: (program, directories = []) =>
    [...directories, ...(process.env['PATH'] ?? '').split(delimiter)]
      .filter((directory) => directory !== '')
      .map((directory) => join(directory, program))
      .find(isExecutable),
  run,
};
