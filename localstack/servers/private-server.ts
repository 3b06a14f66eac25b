import { join } from 'node:path';
import { type Child, describeExit } from '../processes/child.ts';
import { endLeftover } from '../processes/leftover.ts';
import { SERVERS, type ServerKind } from './kinds.ts';
import { UnreachableError, untilReachable } from './reachable.ts';
import type { OwnServer } from './server.ts';

export interface PrivateServerOptions {
  readonly kind: ServerKind;
  readonly url: string;
  /** Its data, its log and the note of its process. */
  readonly directory: string;
  /** Starts the process and notes it down in the file given. */
  launch(note: string): Promise<Child>;
  /** Milliseconds it gets to end in order. */
  readonly grace: number;
  /** Milliseconds it gets to answer. */
  readonly patience: number;
}

const LINES_SHOWN = 20;
/** The note of the server's process, in its directory. */
const NOTE = 'process.json';

/**
 * Ends the server that an earlier run crashed away from, if there is one. To be called before ports are chosen: it
 * may hold the preferred ones.
 *
 * @param directory - the server's own.
 * @throws Error if it does not end.
 */
export const endLeftoverServer = async (
  kind: ServerKind,
  directory: string,
  report: (line: string) => void,
): Promise<void> => {
  const pid = await endLeftover(join(directory, NOTE));
  if (pid !== undefined) report(`Ended ${SERVERS[kind].name} (process ${pid}), left over from an earlier start`);
};

/** A server run as a child of this process. */
export class PrivateServer implements OwnServer {
  readonly url: string;
  readonly failed: Promise<string>;
  readonly #options: PrivateServerOptions;
  readonly #fail: (reason: string) => void;
  #child: Child | undefined;
  #ready: Promise<void> | undefined;
  /** Aborted when the present child's end is wanted. */
  #life = new AbortController();

  private constructor(options: PrivateServerOptions) {
    this.url = options.url;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.#fail = resolve;
  }

  /**
   * Starts the server. Does not wait until it answers.
   *
   * @throws Error if it cannot be started.
   */
  static async start(options: PrivateServerOptions): Promise<PrivateServer> {
    const server = new PrivateServer(options);
    await server.#launch();
    return server;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get #name(): string {
    return SERVERS[this.#options.kind].name;
  }

  async #launch(): Promise<void> {
    const { directory, kind, patience, url } = this.#options;
    const life = new AbortController();
    const child = await this.#options.launch(join(directory, NOTE));
    this.#life = life;
    this.#child = child;
    const withLines = (what: string): string =>
      [`${this.#name} ${what}. Its last lines:`, ...child.lastLines(LINES_SHOWN).map((line) => `  ${line}`)].join('\n');
    const died = child.exited.then((exit) => withLines(describeExit(exit)));
    void died.then((reason) => {
      if (!life.signal.aborted) this.#fail(reason);
    });
    const waiting = new AbortController();
    this.#ready = Promise.race([
      untilReachable(kind, url, { timeout: patience, signal: AbortSignal.any([waiting.signal, life.signal]) }).catch(
        (error: unknown) => {
          if (!(error instanceof UnreachableError)) throw error;
          // Nobody gave an address that might be wrong.
          throw new Error(withLines(`was started and does not answer after ${patience / 1_000} s`), { cause: error });
        },
      ),
      died.then((reason) => Promise.reject(new Error(reason))),
    ]).finally(() => waiting.abort());
    // Who does not ask for it has `failed`.
    this.#ready.catch(() => {});
  }

  async ready(): Promise<void> {
    await this.#ready;
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#child?.stop(this.#options.grace);
  }

  async kill(): Promise<void> {
    this.#life.abort();
    this.#child?.signal('SIGKILL');
    await this.#child?.exited;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#launch();
    await this.ready();
  }
}
