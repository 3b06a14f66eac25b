import path from 'node:path';
import { Child } from '../../localstack/processes/child.ts';

/** The line by which the process says that it consumes every shard. */
export const CONSUMING = 'consuming every shard';

export interface FanOutOptions {
  /** Milliseconds a batch may take, where that differs from what is deployed. */
  readonly timeout?: number;
  /** Of the service, where they differ. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The fan-out’s own process. */
export class FanOut {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #lines: string[] = [];
  #child: Child | undefined;
  #consuming = Promise.withResolvers<void>();

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** Resolves once its process runs. */
  async start({ timeout, settings = {} }: FanOutOptions = {}): Promise<void> {
    this.#consuming = Promise.withResolvers();
    this.#child = await Child.start({
      name: 'The fan-out',
      command: process.execPath,
      args: [path.join(import.meta.dirname, 'fan-out-process.ts'), ...(timeout === undefined ? [] : [`${timeout}`])],
      environment: { ...this.#environment, ...settings },
      directory: path.join(import.meta.dirname, '../..'),
      output: (line) => {
        this.#lines.push(line);
        if (line === CONSUMING) this.#consuming.resolve();
      },
    });
  }

  /**
   * Ends it in order and starts it again. Resolves once it consumes every shard.
   *
   * @throws Error where its process ends before, with what it said last.
   */
  async restart(options: FanOutOptions = {}): Promise<void> {
    await this.stop();
    await this.start(options);
    const ended = this.#child?.exited.then(() => {
      throw new Error(`The fan-out ended before it consumed:\n${this.output}`);
    });
    await Promise.race([this.#consuming.promise, ended]);
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

  /** Sets its clock: ten minutes ahead, right again, ten minutes back, right again. */
  jump(): void {
    this.#child?.signal('SIGUSR2');
  }

  async stop(): Promise<void> {
    await this.#child?.stop(10_000);
  }

  /** Another of the same service, which is not started yet. */
  another(): FanOut {
    return new FanOut(this.#environment);
  }

  /** Its last lines. */
  get output(): string {
    return this.#lines.slice(-30).join('\n');
  }
}
