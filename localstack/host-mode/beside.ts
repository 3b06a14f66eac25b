import { join } from 'node:path';
import { freePorts } from '../ports.ts';
import { Child } from '../processes/child.ts';
import { composeAnswers } from '../servers/compose.ts';
import { thisMachine } from '../servers/machine.ts';
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
}

const ofCompose = async ({ root, report }: BesideOptions, port: number): Promise<LocalStack> => {
  const compose = async (args: readonly string[], timeout: number): Promise<void> => {
    const { code, output } = await thisMachine.run('docker', ['compose', '--profile', 'aws', ...args], {
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
    stop: () => compose(['stop', 'localstack'], DOWN),
  };
};

/**
 * Starts LocalStack beside the service: as a process where there is Python, else as a container.
 *
 * @returns it, before it answers.
 * @throws Error that says what is missing, where there is neither.
 */
export const startBeside = async (options: BesideOptions): Promise<LocalStack> => {
  const { directory, environment, report } = options;
  const [port = PORT] = await freePorts([Number(environment['LOCALSTACK_PORT']) || PORT]);
  if (thisMachine.find('python3') !== undefined) {
    report('Starting LocalStack as a process of this machine');
    return startLocalStack({ directory: join(directory, 'localstack'), port, report });
  }
  const compose = await composeAnswers(thisMachine);
  if (compose.available) return ofCompose(options, port);
  throw new Error(
    `LocalStack wants Python 3, or Docker with its compose plugin. There is no Python, and: ${compose.reason}`,
  );
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
