import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child, describeExit } from '../processes/child.ts';
import { endLeftover } from '../processes/leftover.ts';
import { pythonPackages } from '../python.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOME = join(ROOT, '.local', 'aws-tools', 'localstack');
const RUN = fileURLToPath(new URL('run.py', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** What LocalStack runs once it is there. */
const INIT = join(ROOT, 'localstack', 'init');

/** As docker-compose.yml has them. */
const SERVICES = 'cloudformation,cloudwatch,iam,kms,logs,s3,secretsmanager,sns,ssm,sts';

const POLL = 250;
const ANSWER_TIMEOUT = 5_000;
const PATIENCE = 180_000;
const GRACE = 10_000;
const LINES_SHOWN = 20;

/** A LocalStack that runs as a process of this machine, without a container. */
export interface LocalStack {
  readonly endpoint: string;
  /** Fulfilled once it answers and its scripts have run. Rejected with the reason where it ends before, or one fails. */
  ready(): Promise<void>;
  /** Fulfilled with what happened, should it end without having been asked to. */
  readonly failed: Promise<string>;
  stop(): Promise<void>;
}

export interface HostModeOptions {
  /** Its data, its log and the note of its process. What an earlier one left there is gone. */
  readonly directory: string;
  readonly port: number;
  readonly report: (line: string) => void;
  /** For tests: other services than those it is asked for, and other scripts. */
  readonly services?: string;
  readonly init?: string;
}

/** @returns where `awslocal` is, and LocalStack's Python. Both are installed where they are missing. */
export const installLocalStack = (report: (line: string) => void): Promise<string> =>
  pythonPackages({ home: HOME, list: REQUIREMENTS, report });

/** What LocalStack says of the scripts it runs. */
interface InitState {
  readonly completed: Readonly<Record<string, boolean>>;
  readonly scripts: readonly { readonly name: string; readonly state: string }[];
}

const initStateAt = async (endpoint: string): Promise<InitState | undefined> => {
  try {
    const response = await fetch(`${endpoint}/_localstack/init`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
    return response.ok ? ((await response.json()) as InitState) : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Starts LocalStack. It listens on this machine alone, and calls nobody.
 *
 * @returns it, as soon as its process runs.
 * @throws Error where it cannot be had or started.
 */
export const startLocalStack = async (options: HostModeOptions): Promise<LocalStack> => {
  const { directory, port, report, services = SERVICES, init = INIT } = options;
  const programs = await installLocalStack(report);
  const note = join(directory, 'process.json');
  const leftover = await endLeftover(note);
  if (leftover !== undefined) report(`Ended LocalStack (process ${leftover}), left over from an earlier start`);

  const files = join(directory, 'files');
  const temporary = join(directory, 'temporary');
  for (const folder of [files, temporary]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  // Where it looks for scripts in a container, beneath the folder that is its root here.
  const scripts = join(files, 'etc', 'localstack', 'init');
  mkdirSync(scripts, { recursive: true, mode: 0o700 });
  symlinkSync(init, join(scripts, 'ready.d'));

  const address = `127.0.0.1:${port}`;
  const endpoint = `http://${address}`;
  const child = await Child.start({
    name: 'LocalStack',
    command: join(programs, 'python'),
    args: [RUN],
    environment: {
      PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
      LANG: 'C.UTF-8',
      HOME: directory,
      TMPDIR: temporary,
      FILESYSTEM_ROOT: files,
      OVERRIDE_IN_DOCKER: '0',
      GATEWAY_LISTEN: address,
      LOCALSTACK_HOST: address,
      // What scripts find it by.
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
      SERVICES: services,
      STRICT_SERVICE_LOADING: '1',
      EAGER_SERVICE_LOADING: '1',
      // The paid part is in the same package, and wants a token.
      ACTIVATE_PRO: '0',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      DNS_ADDRESS: '0',
    },
    directory,
    note,
    output: join(directory, 'localstack.log'),
  });
  let isWanted = true;
  const lastLines = () => child.lastLines(LINES_SHOWN).map((line) => `  ${line}`);
  const died = child.exited.then((exit) =>
    [`LocalStack ${describeExit(exit)}. Its last lines:`, ...lastLines()].join('\n'),
  );

  const answers = async (): Promise<void> => {
    for (const giveUp = Date.now() + PATIENCE; Date.now() < giveUp; await delay(POLL)) {
      if (!child.running) throw new Error(await died);
      const state = await initStateAt(endpoint);
      const failed = state?.scripts.filter(({ state }) => state === 'ERROR').map(({ name }) => name) ?? [];
      if (failed.length > 0) {
        throw new Error([`LocalStack ran ${failed.join(', ')}, which failed:`, ...lastLines()].join('\n'));
      }
      if (state?.completed['READY'] === true) return;
    }
    throw new Error([`LocalStack does not answer at ${endpoint}. Its last lines:`, ...lastLines()].join('\n'));
  };

  return {
    endpoint,
    ready: answers,
    failed: new Promise((resolve) => {
      void died.then((reason) => {
        if (isWanted) resolve(reason);
      });
    }),
    stop: async () => {
      isWanted = false;
      await child.stop(GRACE);
    },
  };
};
