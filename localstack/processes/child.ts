import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { noteChild, signalGroup } from './leftover.ts';
import { watchOver } from './watchdog.ts';

export interface ChildOptions {
  /** What people call it. */
  readonly name: string;
  /** The program, as a path or a name in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  /** Where to note the process down for `endLeftover`, if anywhere. */
  readonly note?: string;
  /** A file that takes its output, overwritten; or a function called with every line. */
  readonly output: string | ((line: string) => void);
}

/** How a child ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const REMEMBERED_LINES = 200;

/**
 * A process started by this one, in a process group of its own (so that Ctrl-C in the terminal reaches only its
 * parent, which stops things in order) and ending with its parent, however that ends.
 */
export class Child {
  readonly name: string;
  readonly pid: number;
  /** Fulfilled once it ended and its output was read, whoever ended it. Never rejected. */
  readonly exited: Promise<Exit>;
  #running = true;
  readonly #logFile: string | undefined;
  readonly #lines: string[] = [];

  private constructor(name: string, pid: number, process: ChildProcess, options: ChildOptions) {
    this.name = name;
    this.pid = pid;
    const dismissWatchdog = watchOver(pid);
    if (options.note !== undefined) noteChild(options.note, pid);
    const { output } = options;
    if (typeof output === 'string') {
      this.#logFile = output;
    } else {
      for (const stream of [process.stdout, process.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          this.#lines.push(line);
          if (this.#lines.length > REMEMBERED_LINES) this.#lines.shift();
          output(line);
        });
      }
    }
    this.exited = new Promise((resolve) => {
      process.once('exit', () => {
        this.#running = false;
        dismissWatchdog();
        // What it started and left behind goes with it.
        signalGroup(pid, 'SIGKILL');
      });
      process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /**
   * Starts a process.
   *
   * @returns it, once it runs.
   * @throws Error if the program cannot be run at all.
   */
  static async start(options: ChildOptions): Promise<Child> {
    const { output } = options;
    // A log file is the child's own: it can go on writing while this process is busy, or gone.
    const sink = typeof output === 'string' ? openSync(output, 'w', 0o600) : 'pipe';
    try {
      const process = spawn(options.command, options.args, {
        cwd: options.directory,
        env: options.environment,
        detached: true,
        stdio: ['ignore', sink, sink],
      });
      await once(process, 'spawn');
      if (process.pid === undefined) throw new Error(`${options.name} has no process id.`);
      return new Child(options.name, process.pid, process, options);
    } catch (error) {
      throw new Error(`${options.name} cannot be started: ${(error as Error).message}`, { cause: error });
    } finally {
      if (typeof sink === 'number') closeSync(sink);
    }
  }

  get running(): boolean {
    return this.#running;
  }

  /**
   * Sends a signal to the child and to all it started.
   *
   * @param signal - no error if it ended already.
   */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) signalGroup(this.pid, signal);
  }

  /**
   * Ends it: asks, waits, and then insists.
   *
   * @param grace - milliseconds between asking and insisting.
   */
  async stop(grace: number): Promise<Exit> {
    this.signal('SIGTERM');
    const insist = setTimeout(() => this.signal('SIGKILL'), grace);
    try {
      return await this.exited;
    } finally {
      clearTimeout(insist);
    }
  }

  /**
   * @param count - how many.
   * @returns the last lines of its output.
   */
  lastLines(count: number): string[] {
    if (this.#logFile === undefined) return this.#lines.slice(-count);
    try {
      return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-count);
    } catch {
      return [];
    }
  }
}

/**
 * @returns how it ended, in words.
 */
export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
