import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Command, parseReport, type Report } from './words.ts';

/** Characters of what a client complains that are kept to be shown. */
const COMPLAINTS = 2_000;

/** A client under test: a program that reads commands and writes reports, one conversation after another. */
export class ClientProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended = Promise.withResolvers<void>();
  #complained = '';
  /** Why it can be told nothing more; undefined while it lives. */
  failure: string | undefined;
  /** Told of each report. */
  onReport: (report: Report) => void = () => undefined;

  /** @param command - the program and its arguments. */
  constructor([program = '', ...args]: readonly string[]) {
    this.#child = spawn(program, args);
    const { stdin, stdout, stderr } = this.#child;
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complained = (this.#complained + text).slice(-COMPLAINTS);
    });
    stdin.on('error', () => undefined);
    createInterface({ input: stdout }).on('line', (line) => this.#take(line));
    this.#child.once('error', (error) => this.#fail(`cannot be started: ${error.message}`));
    this.#child.once('close', (code, signal) => this.#fail(`ended with ${signal ?? code}. ${this.#complained}`));
  }

  /** Tells it to do something. */
  tell(command: Command): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Ends it. Resolves once it has ended. */
  async end(): Promise<void> {
    this.failure ??= 'ended';
    this.#child.kill('SIGKILL');
    await this.#ended.promise;
  }

  #take(line: string): void {
    if (line.trim() === '') return;
    try {
      this.onReport(parseReport(line));
    } catch (error) {
      this.failure ??= (error as Error).message;
    }
  }

  #fail(why: string): void {
    this.failure ??= `the client ${why}`;
    this.#ended.resolve();
  }
}
