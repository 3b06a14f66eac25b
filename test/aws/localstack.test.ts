import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EmfRecorder } from '../../lib/telemetry/emf.ts';
import { CloudWatchForwarder } from '../../localstack/cloudwatch/forwarder.ts';
import { deployStack } from '../../localstack/deploy/stack.ts';
import { installLocalStack, type LocalStack, startLocalStack } from '../../localstack/host-mode/start.ts';
import { freePorts } from '../../localstack/ports.ts';
import type { Resource } from '../../serverless/template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOOK = fileURLToPath(new URL('look.py', import.meta.url));
const DEPLOY = join(ROOT, 'localstack/deploy/main.ts');
const RESOURCES = join(ROOT, 'localstack/init/10-resources.py');

/** The keys of all functions, in their order. */
const FUNCTIONS = readdirSync(join(ROOT, 'functions'))
  .filter((name) => name.endsWith('.ts'))
  .filter((name) => /export const handler\b/.test(readFileSync(join(ROOT, 'functions', name), 'utf8')))
  .map((name) => basename(name, '.ts'))
  .toSorted();

/** As test/aws/look.py prints it. */
interface Present {
  readonly secrets: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly logGroups: Readonly<Record<string, number | null>>;
  readonly dashboards: Readonly<Record<string, { readonly widgets: readonly unknown[] }>>;
  readonly alarms: Readonly<Record<string, string>>;
  readonly topics: readonly string[];
  readonly keys: readonly string[];
  readonly metrics: readonly string[];
}

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'realtime-sync-localstack-'));
let programs: string;
let localStack: LocalStack;

const start = async (name: string, options: { readonly services?: string; readonly init?: string } = {}) => {
  const own = join(directory, name);
  mkdirSync(own);
  const [port = 0] = await freePorts([0]);
  return startLocalStack({ directory: own, port, report: console.log, ...options });
};

const environment = () => ({
  PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
  HOME: directory,
  AWS_ENDPOINT_URL: localStack.endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_DEFAULT_REGION: 'us-east-1',
});

const look = async (): Promise<Present> => {
  const { stdout } = await run(join(programs, 'python'), [LOOK, localStack.endpoint], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as Present;
};

beforeAll(async () => {
  programs = await installLocalStack(console.log);
  localStack = await start('whole');
  await localStack.ready();
});
afterAll(async () => {
  await localStack?.stop();
  rmSync(directory, { recursive: true, force: true });
});

describe('LocalStack, without a container', () => {
  it('runs the scripts of localstack/init, and running them again changes nothing', async () => {
    const before = await look();
    expect(Object.keys(before.secrets).toSorted()).toEqual([
      'realtime-sync-local/admin-key',
      'realtime-sync-local/rabbitmq',
    ]);
    expect(Object.keys(before.parameters).toSorted()).toEqual([
      '/realtime-sync-local/redis-url',
      '/realtime-sync-local/websocket-url',
    ]);
    expect(before.logGroups).toMatchObject({ '/aws/lambda/realtime-sync-local-fanout': 7 });
    expect(Object.keys(before.logGroups).toSorted()).toEqual(
      FUNCTIONS.map((key) => `/aws/lambda/realtime-sync-local-${key}`),
    );
    expect(Object.keys(before.dashboards)).toEqual(['realtime-sync-local']);

    const { stdout } = await run(join(programs, 'python'), [RESOURCES], { env: environment() });
    expect(stdout).toContain('are there');
    expect(await look()).toEqual(before);
  });

  it('takes what npm run deploy:local deploys, and a second deployment changes nothing', async () => {
    const deploy = async () => (await run(process.execPath, [DEPLOY], { cwd: ROOT, env: environment() })).stdout;
    expect(await deploy()).toContain('realtime-sync-local: CREATE_COMPLETE');
    const first = await look();
    expect(Object.keys(first.alarms).length).toBeGreaterThan(40);
    expect(first.topics).toHaveLength(1);
    expect(first.keys.length).toBeGreaterThan(0);
    expect(Object.keys(first.secrets).length).toBeGreaterThan(4);
    expect(first.dashboards['realtime-sync-dev']?.widgets.length).toBeGreaterThan(8);

    expect(await deploy()).toContain('realtime-sync-local: UPDATE_COMPLETE');
    expect(await look()).toEqual({ ...first, alarms: expect.anything(), metrics: expect.anything() });
    expect(Object.keys((await look()).alarms)).toEqual(Object.keys(first.alarms));
  });

  it('[O-12] takes what the service measures, more than fits one request, and has an alarm ring for it', async () => {
    const said: string[] = [];
    const forwarder = new CloudWatchForwarder(localStack.endpoint, (line) => said.push(line));
    onTestFinished(() => forwarder.stop());
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      lines.push(String(line).trimEnd());
      return true;
    });
    const recorder = new EmfRecorder('realtime-sync-local');
    for (let i = 0; i < 1_200; i++) {
      recorder.record('events_latency', i, 1);
      recorder.record('events_parked', 1, 1);
      recorder.write();
    }
    vi.restoreAllMocks();
    for (const line of lines) forwarder.take(line);
    await forwarder.flush();
    expect(said).toEqual([]);
    expect((await look()).metrics).toEqual(expect.arrayContaining(['events_latency', 'events_parked']));
    await vi.waitFor(async () => expect((await look()).alarms['realtime-sync-dev-parked']).toBe('ALARM'), {
      timeout: 200_000,
      interval: 5_000,
    });
  });

  it.each<[string, Resource, RegExp]>([
    [
      'a parameter of a type there is not',
      { Type: 'AWS::SSM::Parameter', Properties: { Name: 'a', Type: 'Text', Value: 'b' } },
      /Planted: .*'Text' at 'type' failed to satisfy constraint/,
    ],
    [
      'a topic whose name may not be',
      { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'a b' } },
      /Planted: .*Topic names must be made up of/,
    ],
    [
      'a key that is none',
      { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'NONE', KeyPolicy: {} } },
      /Planted: .*KeySpec NONE is not supported/,
    ],
    [
      'a log group that is there already',
      { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/realtime-sync-local-fanout' } },
      /Planted: .*already exists/,
    ],
    [
      'a reference to what there is not',
      { Type: 'AWS::SNS::Topic', Properties: { TopicName: { Ref: 'Nobody' } } },
      /Nobody/,
    ],
  ])('refuses %s, and the reason is told', async (name, resource, reason) => {
    const stack = deployStack(localStack.endpoint, `planted-${name.replaceAll(' ', '-')}`, {
      Resources: { Planted: resource },
    });
    await expect(stack).rejects.toThrow(reason);
  });
});

describe('a LocalStack that lacks something', () => {
  it('says which script failed, and which resource, and why', async () => {
    const init = join(directory, 'planted');
    mkdirSync(init);
    writeFileSync(join(init, '20-planted.sh'), '#!/bin/sh\necho the disk is full >&2\nexit 3\n');
    chmodSync(join(init, '20-planted.sh'), 0o755);
    const lacking = await start('lacking', { init, services: 'cloudformation,cloudwatch,logs' });
    onTestFinished(() => lacking.stop());
    await expect(lacking.ready()).rejects.toThrow(/20-planted\.sh, which failed:[\s\S]*the disk is full/);
    const Topic: Resource = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'planted' } };
    await expect(deployStack(lacking.endpoint, 'planted', { Resources: { Topic } })).rejects.toThrow(/Topic: .*sns/);
  });
});

it('npm start -- --localstack has it beside the service, which feeds the alarms', async () => {
  const [websocket, http, lambda, port] = await freePorts([0, 0, 0, 0]);
  const child = spawn(process.execPath, [join(ROOT, 'localstack/start.ts'), '--localstack'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      WS_PORT: String(websocket),
      HTTP_PORT: String(http),
      LAMBDA_PORT: String(lambda),
      LOCALSTACK_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += String(text)));
  const ended = once(child, 'exit');
  await vi.waitFor(() => expect(output).toMatch(/LocalStack at .* has the dashboard and the alarms/), {
    timeout: 240_000,
    interval: 500,
  });
  const look = async (): Promise<Present> => {
    const { stdout } = await run(join(programs, 'python'), [LOOK, `http://127.0.0.1:${port}`], { maxBuffer: 2 ** 26 });
    return JSON.parse(stdout) as Present;
  };
  expect(Object.keys((await look()).alarms)).toContain('realtime-sync-dev-parked');
  // Each comes when what it tells of was looked at for the first time.
  await vi.waitFor(async () => expect((await look()).metrics).toContain('health'), {
    timeout: 120_000,
    interval: 1_000,
  });
  child.kill('SIGINT');
  expect(await ended, output).toEqual([0, null]);
});
