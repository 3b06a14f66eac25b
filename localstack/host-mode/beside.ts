import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { Child } from '../processes/child.ts';
import { bringPython, findPython } from '../python.ts';
import { composeAnswers } from '../servers/compose.ts';
import { type Machine, thisMachine } from '../servers/machine.ts';
import { type LocalStack, startLocalStack } from './start.ts';

/** LocalStack's own. */
const PORT = 4566;
/** Milliseconds: the image may have to be pulled first. */
const UP = 600_000;
const DOWN = 60_000;

export interface BesideOptions {
  /** The folder of the project, where docker-compose.yml is. */
  readonly root: string;
  /** Holds what LocalStack writes. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  /** For tests: another than this one. */
  readonly machine?: Machine;
}

/** How LocalStack is run: as a process, or in a container. */
export type Means = 'python' | 'compose';

/**
 * Finds out how LocalStack can be run here: as a process where there is Python, else in a container, else as a process
 * once Python is installed.
 *
 * @throws Error that says what is missing, where it can be run in no way.
 */
export const chooseMeans = async (report: (line: string) => void, machine: Machine = thisMachine): Promise<Means> => {
  if ((await findPython(machine)) !== undefined) return 'python';
  const compose = await composeAnswers(machine);
  if (compose.available) return 'compose';
  try {
    await bringPython(machine, report);
    return 'python';
  } catch (error) {
    throw new Error(
      [
        'LocalStack can be run in no way here. One of these is wanted:',
        `  - Python: ${(error as Error).message}`,
        `  - Docker with its compose plugin: ${compose.reason}`,
        'Without --localstack the service starts as it is.',
      ].join('\n'),
    );
  }
};

const ofCompose = ({ root, report, machine = thisMachine }: BesideOptions, port: number): LocalStack => {
  const compose = async (args: readonly string[], timeout: number): Promise<void> => {
    const { code, output } = await machine.run('docker', ['compose', '--profile', 'aws', ...args], {
      directory: root,
      environment: { LOCALSTACK_PORT: String(port) },
      timeout,
      onLine: (line) => report(`  ${line}`),
    });
    if (code !== 0) throw new Error(`docker compose cannot run LocalStack:\n${output}`);
  };
  report('Starting LocalStack of docker-compose.yml');
  const up = compose(['up', '--detach', '--wait', 'localstack'], UP);
  // Who does not wait for it is not told.
  up.catch(() => undefined);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    ready: () => up,
    // A container is restarted by Docker.
    failed: new Promise<string>(() => {}),
    // What is stopped behind it is stopped all the same.
    stop: () => compose(['stop', 'localstack'], DOWN).catch((error: Error) => report(error.message)),
  };
};

/**
 * Starts LocalStack beside the service.
 *
 * @param means - as `chooseMeans` found it.
 * @returns it, before it answers.
 */
export const startBeside = async (means: Means, options: BesideOptions): Promise<LocalStack> => {
  const { directory, environment, report } = options;
  const [port = PORT] = await freePorts([Number(environment['LOCALSTACK_PORT']) || PORT]);
  if (means === 'compose') return ofCompose(options, port);
  report('Starting LocalStack as a process of this machine');
  return startLocalStack({ directory: join(directory, 'localstack'), port, report });
};

/**
 * Deploys to it what it has of a stage, with alarms and a dashboard that watch the service that runs here.
 *
 * @throws Error with what the deployment said, if it fails.
 */
export const deployBeside = async (
  { root, directory, environment, report }: BesideOptions,
  { endpoint }: LocalStack,
): Promise<void> => {
  const child = await Child.start({
    name: 'The deployment to LocalStack',
    command: process.execPath,
    args: [join(root, 'localstack', 'deploy', 'main.ts')],
    environment: { ...environment, AWS_ENDPOINT_URL: endpoint },
    directory: root,
    note: join(directory, 'deploy.json'),
    output: (line) => report(`  ${line}`),
  });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(['The deployment to LocalStack failed:', ...child.lastLines(20)].join('\n'));
};
