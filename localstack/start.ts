import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allowedWeaknesses, readConfig } from '../lib/config.ts';
import { noteAddresses } from './addresses.ts';
import { CloudWatchForwarder } from './cloudwatch/forwarder.ts';
import { NAMING_SECRET } from './connection-name.ts';
import { declare } from './declaration.ts';
import { type Emulator, startEmulator, untilHealthy } from './emulator.ts';
import { readableLine, readableLines } from './emulator-output.ts';
import { askedAt, listeningHost } from './host.ts';
import { type BesideOptions, chooseMeans, deployBeside, startBeside } from './host-mode/beside.ts';
import type { LocalStack } from './host-mode/start.ts';
import { HANDLERS } from './plugins/handlers.ts';
import { assertPortsFree, freePorts } from './ports.ts';
import { DirectoryInUseError } from './processes/directory-claim.ts';
import { endLeftover } from './processes/leftover.ts';
import { progress } from './progress.ts';
import { assertRoom } from './room.ts';
import { pathIn } from './secret-path.ts';
import { launchServers, type Servers } from './servers/start.ts';
import { admissionSecret, localEndpoint } from './settings.ts';
import { onShutdown } from './shutdown.ts';
import { startOptions } from './start-options.ts';
import { startSettings } from './start-settings.ts';
import { StrictGateway } from './strict/gateway.ts';
import { summary } from './summary.ts';
import { assertWritable, unwritable } from './unwritable.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIRECTORY = join(ROOT, '.local');
const EMULATOR_NOTE = join(DIRECTORY, 'emulator.json');
const HEALTH_PATIENCE = 90_000;

/** What the health check logs while things are starting: it is asked until it has nothing to say. */
const NOT_YET = /health: \w+ failed/;

/** Mistakes in the code, for which the stack says most. Of all other errors the message says everything. */
const MISTAKES = [TypeError, ReferenceError, RangeError, SyntaxError];

const report = progress();

/** What runs by now, to be stopped in this order. */
const running: {
  emulator?: Emulator;
  gateway?: StrictGateway;
  servers?: Servers;
  forwarder?: CloudWatchForwarder;
  localStack?: LocalStack;
  forgetAddresses?: () => void;
} = {};

const shutdown = onShutdown(report, () => {
  // Their watchdogs end the servers as soon as this process is gone.
  void running.emulator?.kill();
});

/** Starts everything and stays until told to stop, or until something ends by itself. */
const run = async (): Promise<void> => {
  const options = startOptions(process.argv.slice(2), join(ROOT, '.env'));
  if ('usage' in options) return console.log(options.usage);
  const { strict, localstack } = options;
  const { environment, config: checked, idle } = startSettings(options.env, process.env);
  const { ports, production, redis, rabbitmq } = checked;
  if (environment['REDIS_URL']) environment['REDIS_URL'] = redis.url;
  if (environment['RABBITMQ_URL']) environment['RABBITMQ_URL'] = rabbitmq.url;

  const host = listeningHost(environment['HOST']);
  // Before anything is started: where it can be run in no way, nothing else is waited for.
  const means = localstack ? await chooseMeans(report) : undefined;

  const assertOwnPortsFree = async () => {
    await assertPortsFree({ WS_PORT: ports.websocket, HTTP_PORT: ports.http }, host);
    await assertPortsFree({ LAMBDA_PORT: ports.lambda });
  };

  const servers = await launchServers({
    root: ROOT,
    directory: DIRECTORY,
    environment,
    report,
    prepare: async () => {
      assertWritable(join(ROOT, HANDLERS));
      const leftover = await endLeftover(EMULATOR_NOTE);
      if (leftover !== undefined) report(`Ended the emulator (process ${leftover}), left over from an earlier start`);
      await assertOwnPortsFree();
    },
  }).catch(async (error: unknown) => {
    // Beside another start in the same clone both are true, and the port is what one can change.
    if (error instanceof DirectoryInUseError) await assertOwnPortsFree();
    throw error;
  });
  running.servers = servers;
  running.forgetAddresses = noteAddresses(DIRECTORY, servers);
  shutdown.throwIfAborted();

  const beside = { root: ROOT, directory: DIRECTORY, environment, report };
  if (means !== undefined) {
    running.localStack = await startBeside(means, beside);
    environment['METRICS_CLOUDWATCH_URL'] ||= running.localStack.endpoint;
  }

  const complete = {
    ...environment,
    WS_ENDPOINT: localEndpoint(environment, ports.websocket),
    ADMISSION_SECRET: admissionSecret(environment),
    REDIS_URL: servers.redisUrl,
    RABBITMQ_URL: servers.rabbitmqUrl,
  };
  const config = readConfig(complete);
  for (const weakness of [...allowedWeaknesses(complete), ...idle]) report(`Beware: ${weakness}`);

  let ready = false;
  const readable = readableLines(production ? 'json' : 'text');
  report('Starting the functions and the gateway');
  const [behind] = strict ? await freePorts([0]) : [];
  if (behind !== undefined) {
    const upstream = `ws://${askedAt(host)}:${behind}`;
    running.gateway = await StrictGateway.start({
      port: ports.websocket,
      host,
      upstream,
      path: pathIn(config.gateway.endpoint),
      onTrouble: (line) => console.log(readableLine(line, production ? 'json' : 'text')),
    });
  }
  const { cloudWatch } = config.telemetry;
  if (cloudWatch !== undefined) running.forwarder = new CloudWatchForwarder(cloudWatch, report);
  running.emulator = await startEmulator({
    root: ROOT,
    environment: {
      ...complete,
      WS_PORT: String(behind ?? ports.websocket),
      [NAMING_SECRET]: running.gateway?.namingSecret,
    },
    inProcess: true,
    note: EMULATOR_NOTE,
    onLine: (raw) => {
      running.forwarder?.take(raw);
      const line = readable(raw);
      if (line !== undefined && (ready || !NOT_YET.test(line))) console.log(line);
    },
  });
  const stopped = new Promise<never>((_, reject) => {
    shutdown.addEventListener('abort', () => reject(shutdown.reason));
    const fail = (reason: string) => reject(new Error(reason));
    void servers.failed.then(fail);
    void running.emulator?.ended.then(fail);
    void running.localStack?.failed.then(fail);
  });

  const waiting = new AbortController();
  const healthy = async () => {
    await servers.ready();
    report('Redis and RabbitMQ answer');
    await assertRoom(config);
    // The emulator does the same, but only once it has loaded everything.
    await declare(config.rabbitmq, config.limits.messageSize);
    const signal = AbortSignal.any([shutdown, waiting.signal]);
    return untilHealthy(`http://${askedAt(host)}:${config.ports.http}`, { timeout: HEALTH_PATIENCE, signal });
  };
  let faults: readonly string[];
  try {
    faults = await Promise.race([healthy(), stopped]);
  } finally {
    waiting.abort();
  }
  ready = true;
  report('Ready');
  for (const fault of faults) report(`Beware: ${fault}`);
  console.log(summary(config, strict, host, servers.backEndUrl));
  const { localStack } = running;
  if (localStack !== undefined) await Promise.race([showInLocalStack(beside, localStack), stopped]);
  await stopped;
};

/** Has LocalStack show what a stage would; the service runs meanwhile. */
const showInLocalStack = async (beside: BesideOptions, localStack: LocalStack): Promise<void> => {
  report('Waiting for LocalStack, to deploy to it what it has of a stage');
  await localStack.ready();
  await deployBeside(beside, localStack);
  report(
    `LocalStack at ${localStack.endpoint} has the dashboard and the alarms, fed by this service: docs/localstack.md`,
  );
};

const explain = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const isMistake = MISTAKES.some((kind) => error instanceof kind);
  return unwritable(error, DIRECTORY) ?? (isMistake ? (error.stack ?? error.message) : error.message);
};

const stopAll = async (): Promise<void> => {
  // The emulator first: it returns its batches to a broker that is still there.
  await running.emulator?.stop();
  await running.gateway?.stop();
  await running.forwarder?.stop();
  await running.localStack?.stop();
  running.forgetAddresses?.();
  await running.servers?.stop();
};

try {
  await run();
} catch (error) {
  if (!shutdown.aborted) {
    console.error(`\n${explain(error)}\n`);
    process.exitCode = 1;
  }
}
await stopAll();
if (running.servers !== undefined) report('Stopped');
process.exit();
