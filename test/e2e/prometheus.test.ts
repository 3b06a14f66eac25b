import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { freePorts } from '../../localstack/ports.ts';
import { ownBroker } from '../own-broker.ts';
import { programFor } from '../programs.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const CONFIGURATION = path.join(import.meta.dirname, '../../localstack/prometheus');
const DASHBOARD = path.join(import.meta.dirname, '../../localstack/grafana/dashboards/realtime-sync.json');
const ADMIN_KEY = 'a key that holds: spaces, and more';
const PATIENCE = 60_000;
/** Both programs come with it. */
const PACKAGE = { aptPackage: 'prometheus', brewFormula: 'prometheus' };

const directory = mkdtempSync(path.join(tmpdir(), 'realtime-sync-prometheus-'));
let emulator: RunningEmulator;
let promtool: string;
let prometheus: string;
let server: ChildProcess | undefined;

beforeAll(async () => {
  // One after the other: both may have to be installed, which cannot be done twice at once.
  promtool = await programFor(['promtool'], PACKAGE);
  prometheus = await programFor(['prometheus'], PACKAGE);
  emulator = await startEmulator({
    redisUrl: inject('redisUrl'),
    rabbitmqUrl: ownBroker(),
    env: {
      REDIS_KEY_PREFIX: `prometheus-${randomUUID()}:`,
      AUTH_MODE: 'jwt',
      AUTH_JWT_SECRET: SECRET,
      ADMIN_KEY,
      RATE_LIMIT_TYPES: 'unsubscribe=1',
    },
  });
  cpSync(CONFIGURATION, directory, { recursive: true });
  writeFileSync(path.join(directory, 'admin-key'), ADMIN_KEY);
  const file = path.join(directory, 'prometheus.yml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\/tmp\/(?=admin-key)/, `${directory}/`));
}, 600_000);

afterAll(async () => {
  if (server?.exitCode === null) {
    server.kill();
    await once(server, 'exit');
  }
  await emulator?.stop();
  rmSync(directory, { recursive: true, force: true });
});

const run = async (args: readonly string[], input = ''): Promise<{ code: number; said: string }> => {
  const child = spawn(promtool, args, { stdio: 'pipe' });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, said: out + err };
};

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

const expressionsOf = ({ panels }: Dashboard): readonly string[] =>
  panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** A conversation that moves most metrics. */
const converse = async (): Promise<void> => {
  const channels = { subscribe: ['**'], publish: ['**'] };
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map(async (user) => Client.shown(emulator.websocketUrl, await tokenFor(user, { channels }))),
  );
  if (!alice || !bob) throw new Error('not connected');
  await alice.request({ type: 'subscribe', channels: ['scraped'] });
  for (let n = 0; n < 5; n++) await bob.request({ type: 'broadcast', channel: 'scraped', data: n });
  await alice.events(5);
  await alice.request({ type: 'replay', since: 0 });
  await bob.request({ type: 'nonsense' });
  for (let n = 0; n < 2; n++) await bob.request({ type: 'unsubscribe', channels: ['scraped'] });
  await Promise.all([alice.close(), bob.close()]);
};

it('[O-1] promtool finds nothing to say about GET /metrics', async () => {
  await converse();
  expect((await fetch(`${emulator.httpUrl}/metrics`)).status).toBe(401);
  const response = await fetch(`${emulator.httpUrl}/metrics`, { headers: { 'x-api-key': ADMIN_KEY } });
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await run(['check', 'metrics'], await response.text())).toEqual({ code: 0, said: '' });
});

it('[O-1] promtool accepts the scrape configuration and the alerts', async () => {
  const { code, said } = await run(['check', 'config', path.join(directory, 'prometheus.yml')]);
  expect([code, said]).toEqual([0, expect.stringContaining('SUCCESS')]);
});

it('[H-1] [O-1] a Prometheus with that configuration scrapes the service with the key, and its alerts evaluate', async () => {
  const file = path.join(directory, 'prometheus.yml');
  const target = new URL(emulator.httpUrl).host;
  const own = readFileSync(file, 'utf8')
    .replace('realtime-sync:3002', target)
    .replaceAll(/: (?:5|15)s$/gm, ': 2s');
  writeFileSync(file, own);
  const [port = 0] = await freePorts([0]);
  server = spawn(
    prometheus,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ask = async (what: string): Promise<unknown> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${what}`);
      return ((await response.json()) as { data: unknown }).data;
    } catch {
      // Not up yet.
      return undefined;
    }
  };
  const value = async (query: string): Promise<number> => {
    const answer = (await ask(`query?query=${encodeURIComponent(query)}`)) as
      | { result: { value: [number, string] }[] }
      | undefined;
    return Number(answer?.result[0]?.value[1] ?? Number.NaN);
  };
  await expect.poll(() => value('up{job="realtime-sync"}'), { timeout: PATIENCE }).toBe(1);
  await expect.poll(() => value('realtime_sync_events_accepted_total'), { timeout: PATIENCE }).toBe(5);
  const p99 = 'histogram_quantile(0.99, sum by (le) (realtime_sync_events_latency_seconds_bucket))';
  await expect.poll(() => value(p99), { timeout: PATIENCE }).toBeGreaterThan(0);

  // Every expression of the dashboard that is provisioned, as Grafana asks it.
  const answerTo = async (expression: string): Promise<string> => {
    const query = encodeURIComponent(expression.replaceAll('$__rate_interval', '1m'));
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`);
    const { error, data } = (await response.json()) as { error?: string; data?: { result: unknown[] } };
    return error ?? (data?.result.length === 0 ? 'nothing' : 'data');
  };
  const expressions = expressionsOf(JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard);
  expect(expressions.length).toBeGreaterThan(15);
  for (const expression of expressions) {
    await expect.poll(() => answerTo(expression), { timeout: PATIENCE, message: expression }).toBe('data');
  }

  const evaluated = async () => {
    const { groups = [] } = ((await ask('rules')) ?? {}) as {
      groups?: { rules: { name: string; health: string; lastError?: string }[] }[];
    };
    return groups.flatMap(({ rules }) => rules.map(({ name, health }) => `${name}: ${health}`));
  };
  const names = [
    ...['Unreachable', 'CheckFails', 'NothingConsumes', 'ShardLags', 'BackEndsHearLate', 'ConsumerLags'],
    ...['ServiceEventsLag', 'MessagesParked', 'LatencyHigh'],
  ];
  await expect.poll(evaluated, { timeout: PATIENCE }).toEqual(names.map((name) => `${name}: ok`));
});
