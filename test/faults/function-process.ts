import path from 'node:path';
import { Child } from '../../localstack/processes/child.ts';

/** The line by which such a process says that it works. */
export const WORKING = 'working';

/** A function of the service in a process of its own, so that it can be killed while all else lives. */
export class FunctionProcess {
  readonly #file: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #lines: string[] = [];
  #child: Child | undefined;

  /** @param file - of this folder. */
  constructor(file: string, environment: NodeJS.ProcessEnv) {
    this.#file = file;
    this.#environment = environment;
  }

  /**
   * Resolves once it works.
   *
   * @throws Error where it ends before, with what it said last.
   */
  async start(): Promise<void> {
    const working = Promise.withResolvers<void>();
    const child = await Child.start({
      name: this.#file,
      command: process.execPath,
      args: [path.join(import.meta.dirname, this.#file)],
      environment: this.#environment,
      directory: path.join(import.meta.dirname, '../..'),
      output: (line) => {
        this.#lines.push(line);
        if (line === WORKING) working.resolve();
      },
    });
    this.#child = child;
    const ended = child.exited.then(() => {
      throw new Error(`${this.#file} ended before it worked:\n${this.#lines.slice(-30).join('\n')}`);
    });
    await Promise.race([working.promise, ended]);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child?.signal('SIGKILL');
    await this.#child?.exited;
  }

  /** Stops it where it stands, or lets it go on. */
  freeze(isFrozen: boolean): void {
    this.#child?.signal(isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async stop(): Promise<void> {
    await this.#child?.stop(1_000);
  }

  /** Another of the same, which is not started yet. */
  another(): FunctionProcess {
    return new FunctionProcess(this.#file, this.#environment);
  }
}
