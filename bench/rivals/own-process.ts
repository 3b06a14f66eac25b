import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../../localstack/processes/child.ts';

const PATIENCE = 30_000;
const POLL = 50;
/** Milliseconds that it gets to end in order. */
const GRACE = 10_000;
const LINES_SHOWN = 20;

/** A server of a rival, with a directory of its own that goes with it. */
export interface OwnProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface OwnProcessOptions {
  /** Its path. */
  readonly program: string;
  /** What its configuration file is called. */
  readonly file: string;
  /** Makes the text of it, told the directory that the server may write to. */
  readonly configuration: (directory: string) => string;
  /** Makes its arguments, told the path of that file. */
  readonly args: (file: string) => readonly string[];
  /** Where it will listen. */
  readonly port: number;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

/**
 * Starts a server with a configuration of its own, and waits until it listens.
 *
 * @throws Error with what it said, if it ends or does not listen in time.
 */
export const startOwnProcess = async (options: OwnProcessOptions): Promise<OwnProcess> => {
  const { program, configuration, args, port } = options;
  const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-rival-'));
  const file = path.join(directory, options.file);
  writeFileSync(file, configuration(directory));
  const name = path.basename(program);
  const child = await Child.start({
    ...{ name, command: program, args: args(file), environment: process.env, directory, output: () => undefined },
  });
  const stop = async (): Promise<void> => {
    await child.stop(GRACE);
    rmSync(directory, { recursive: true, force: true });
  };
  const end = Date.now() + PATIENCE;
  while (!(await isListening(port))) {
    if (!child.running || Date.now() > end) {
      await stop();
      throw new Error([`${name} does not listen. It said:`, ...child.lastLines(LINES_SHOWN)].join('\n'));
    }
    await pause(POLL);
  }
  return { pid: child.pid, stop };
};
