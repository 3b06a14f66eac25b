import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, onTestFinished } from 'vitest';
import { freePorts } from '../../localstack/ports.ts';
import { buildConsole } from '../../serverless/console/build.ts';
import { Client } from '../e2e/client.ts';
import { ownBroker } from '../own-broker.ts';
import { copyProject } from '../template/package.ts';

/** What somebody’s machine is like, or the folder of the clone. */
export interface SetUp {
  /** What the folder of the clone is called. */
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Variables that it does not have. */
  readonly without?: readonly string[];
  /** What stands in .env. */
  readonly file?: string;
  readonly args?: readonly string[];
  /** Where it is started from; the folder of the clone, if nothing is said. */
  readonly from?: string;
  /** Whose the clone is and who starts it; who runs the test, if nothing is said. */
  readonly user?: number;
  /** What is done to the clone before. */
  readonly prepare?: (clone: string) => void;
  /** Whether its servers are those that it brings itself. */
  readonly ownServers?: boolean;
  /** Whether its console is still to be built. */
  readonly unbuilt?: boolean;
}

/** A clone, and how a program of it is run. */
interface Prepared {
  readonly clone: string;
  readonly host: string;
  readonly httpPort: number;
  run(program: string, args: readonly string[]): ChildProcess;
}

export interface Started extends Prepared {
  readonly child: ChildProcess;
  /** Where it says that its WebSocket is. */
  readonly websocketUrl: string;
  output(): string;
}

/** How a program ended, and all that it wrote. */
interface Ended {
  readonly clone: string;
  readonly code: number | null;
  readonly output: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
const CONSOLE = '.local/console';

const giveTo = (user: number, path: string): void => {
  lchownSync(path, user, user);
  for (const each of readdirSync(path, { recursive: true, withFileTypes: true }))
    if (!each.parentPath.includes('node_modules')) lchownSync(join(each.parentPath, each.name), user, user);
};

/** Clones of the project, in a folder that goes when the tests have ended. */
export class Clones {
  readonly directory = mkdtempSync(join(tmpdir(), 'realtime-sync-set-ups-'));
  #count = 0;

  /** Builds the console once for all. Others than its maker are to come into the folder, too. */
  async prepare(): Promise<void> {
    chmodSync(this.directory, 0o755);
    await buildConsole(ROOT);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Starts it. @throws Error with how it ended, if it does. */
  async start(setUp: SetUp): Promise<Started> {
    const prepared = await this.#prepare(setUp);
    const child = prepared.run('localstack/start.ts', setUp.args ?? []);
    let output = '';
    const ready = Promise.withResolvers<string>();
    const take = (text: Buffer): void => {
      output += String(text);
      const [, url] = /WebSocket +(ws:\S+)/.exec(output) ?? [];
      if (url !== undefined) ready.resolve(url);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('close', (code) => ready.reject(new Error(`It ended with ${code}:\n${output}`)));
    return { ...prepared, child, websocketUrl: await ready.promise, output: () => output };
  }

  /** Runs a program of the clone to its end. */
  async run(setUp: SetUp, program = 'localstack/start.ts', args: readonly string[] = []): Promise<Ended> {
    const prepared = await this.#prepare(setUp);
    return { clone: prepared.clone, ...(await ending(prepared.run(program, args))) };
  }

  async #prepare(setUp: SetUp): Promise<Prepared> {
    const { folder = 'clone', environment = {}, without = [], user } = setUp;
    const number = ++this.#count;
    const clone = join(this.directory, String(number), folder);
    mkdirSync(clone, { recursive: true });
    copyProject(clone);
    // Older than what is installed, or the installer would bring the packages up to date, which are linked.
    utimesSync(join(clone, 'package-lock.json'), 0, 0);
    cpSync(join(ROOT, 'cli'), join(clone, 'cli'), { recursive: true });
    mkdirSync(join(clone, 'test'));
    cpSync(join(ROOT, 'test/test-client.js'), join(clone, 'test/test-client.js'));
    if (setUp.unbuilt !== true) cpSync(join(ROOT, CONSOLE), join(clone, CONSOLE), { recursive: true });
    if (setUp.file !== undefined) writeFileSync(join(clone, '.env'), setUp.file);
    if (user !== undefined) giveTo(user, clone);
    setUp.prepare?.(clone);
    const [websocket, http = 0, lambda] = await freePorts([0, 0, 0]);
    const env: NodeJS.ProcessEnv = {
      PATH: process.env['PATH'],
      // Nobody’s has the name of what is not there.
      HOME: user === undefined ? process.env['HOME'] : '/nonexistent',
      WS_PORT: String(websocket),
      HTTP_PORT: String(http),
      LAMBDA_PORT: String(lambda),
      REDIS_KEY_PREFIX: `set-up-${process.pid}-${number}:`,
      ...(setUp.ownServers === true ? {} : { REDIS_URL: inject('redisUrl'), RABBITMQ_URL: ownBroker() }),
      ...environment,
    };
    for (const name of without) delete env[name];
    const run = (program: string, args: readonly string[]): ChildProcess => {
      const child = spawn(process.execPath, [join(clone, program), ...args], {
        cwd: setUp.from ?? clone,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(user === undefined ? {} : { uid: user, gid: user }),
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const { HOST = 'localhost' } = env;
    return { clone, host: HOST, httpPort: http, run };
  }
}

const ending = async (child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> => {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (text) => {
      output += String(text);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
};

/** Ends it as Ctrl-C does. */
export const stop = async ({ child, output }: Started): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const [code] = await ended;
  expect(code, output()).toBe(0);
};

/** Says something and hears it. */
export const converse = async ({ websocketUrl }: Started): Promise<void> => {
  const client = await Client.connect(websocketUrl, 'alice');
  await client.request({ type: 'subscribe', channels: ['a'] });
  await client.request({ type: 'broadcast', channel: 'a', data: 'heard' });
  await client.find(({ type, data }) => type === 'event' && data === 'heard', 30_000);
  client.close();
};

/** Loads the console, and all that it names. */
export const openConsole = async ({ host, httpPort }: Started): Promise<void> => {
  const base = `http://${host.includes(':') ? `[${host}]` : host}:${httpPort}/`;
  const page = await fetch(base);
  const text = await page.text();
  expect(page.status, text).toBe(200);
  const named = Array.from(text.matchAll(/(?:href|src)="([^"]*)"/g), ([, address = '']) => new URL(address, base));
  expect(named.length).toBeGreaterThan(2);
  for (const each of named) expect([each.pathname, (await fetch(each)).status]).toEqual([each.pathname, 200]);
};

/** Has the interactive client of the clone say how it is called. */
export const askClient = async ({ run }: Started): Promise<void> => {
  const { code, output } = await ending(run('test/test-client.js', ['--help']));
  expect(output).toContain('Usage: npm run client');
  expect(code).toBe(0);
};

/** Of nobody, by custom. */
const NOBODY = 65_534;

/** Whom rights are asked of: who may do anything becomes nobody. */
export const WITHOUT_RIGHTS: Pick<SetUp, 'user'> = process.getuid?.() === 0 ? { user: NOBODY } : {};

/** A folder of somebody else’s, or at least one that is not to be written to. */
export const lock = (folder: string): void => {
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() === 0) lchownSync(folder, 0, 0);
  chmodSync(folder, 0o555);
};
