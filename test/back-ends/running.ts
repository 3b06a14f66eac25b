import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from './toolchains.ts';

/** A program that is started, killed and started again. */
export class Running {
  readonly #command: Command;
  readonly #options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv };
  #output = '';
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(command: Command, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
    this.#command = command;
    this.#options = options;
  }

  start(): void {
    const [program, ...args] = this.#command;
    const child = spawn(program, args, { ...this.#options, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output += chunk;
      });
    }
    child.on('error', (error) => {
      this.#output += String(error);
    });
    this.#child = child;
    this.#ended = once(child, 'close');
  }

  /** All that it wrote, in all its lives. */
  get output(): string {
    return this.#output;
  }

  /** The status of its end; null while it runs, or if it was killed. */
  get status(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }
}
