import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { watchOver } from '../../localstack/processes/watchdog.ts';

const PATIENCE = 30_000;
const POLL = 50;

/** A server of a rival, with a directory of its own that goes with it. */
export interface OwnProcess {
  readonly pid: number;
  stop(): Promise<void>;
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
  const child = spawn(program, args(file), { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  const pid = child.pid;
  if (pid === undefined) return ended.then(() => Promise.reject(new Error(`${program} cannot be run`)));
  const dismissWatchdog = watchOver(pid);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    dismissWatchdog();
    rmSync(directory, { recursive: true, force: true });
  };
  const end = Date.now() + PATIENCE;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`${path.basename(program)} does not listen. It said:\n${said}`);
    }
    await pause(POLL);
  }
  return { pid, stop };
};
