import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { examine } from '../../cli/doctor/doctor.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import type { VisitOptions } from '../../cli/doctor/visit.ts';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { freePorts } from '../../localstack/ports.ts';
import { ownBroker } from '../own-broker.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';
import { type Direction, type Fate, FaultyGateway } from './faulty-gateway.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const KEY = 'the key of the administrator';

/** Milliseconds for which what never comes is waited for. */
const PATIENCE = 10_000;

const grants = { channels: { subscribe: ['doctor:**'], publish: ['doctor:**'] } };

const outcomes = (findings: readonly Finding[], outcome: Finding['outcome']): string[] =>
  findings.filter((finding) => finding.outcome === outcome).map(({ check }) => check);

const named = (findings: readonly Finding[], check: string): Finding =>
  findings.find((finding) => finding.check === check) as Finding;

const isEvent = (text: string, about: string): boolean => text.includes('"type":"event"') && text.includes(about);

describe('the doctor', () => {
  let emulator: RunningEmulator;
  let options: VisitOptions;

  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: {
        REDIS_KEY_PREFIX: `doctor-${randomUUID()}:`,
        AUTH_MODE: 'jwt',
        AUTH_JWT_SECRET: SECRET,
        ADMIN_KEY: KEY,
      },
    });
    options = {
      url: emulator.websocketUrl,
      http: emulator.httpUrl,
      token: await tokenFor('doctor', grants),
      key: KEY,
      user: 'doctor',
      channel: 'doctor',
      parameters: {},
      patience: 30_000,
      now: Date.now,
    };
  });
  afterAll(() => emulator?.stop());

  /** Makes a check through a gateway that does something to frames. */
  const through = async (check: string, fateOf: (direction: Direction, text: string) => Fate) => {
    const gateway = await FaultyGateway.before(emulator.websocketUrl, fateOf);
    onTestFinished(() => gateway.stop());
    return examine({ ...options, url: gateway.url, only: [check], patience: PATIENCE });
  };

  it('finds nothing wrong with a stage behind the strict gateway', async () => {
    const told: Finding[] = [];
    const findings = await examine(options, (finding) => void told.push(finding));
    expect(outcomes(findings, 'failed')).toEqual([]);
    expect(outcomes(findings, 'skipped')).toEqual([]);
    expect(outcomes(findings, 'noted')).toEqual(['latency', 'stages']);
    expect(named(findings, 'large frame').says).toContain('1009');
    expect(told).toEqual(findings);
  });

  it('looks at what it can without endpoints and without a key, and says what it left out', async () => {
    const findings = await examine({ ...options, http: undefined, key: undefined });
    expect(outcomes(findings, 'failed')).toEqual([]);
    expect(outcomes(findings, 'skipped')).toEqual(['http', 'health', 'settings', 'over http', 'stages']);
  });

  it('is a command that says a line of each, or JSON, and exits with 1 where something failed', async () => {
    const run = async (...args: string[]) => {
      const child = spawn('node', ['cli/doctor/main.ts', ...args], { cwd: ROOT });
      const parts: string[] = [];
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => void parts.push(String(data)));
      const [code] = await once(child, 'close');
      return { code, output: parts.join('') };
    };
    const stage = ['--url', options.url, '--http', options.http ?? '', '--token', options.token ?? '', '--key', KEY];
    const some = await run(...stage, '--param', 'shards=4', '--only', 'settings', '--only', 'hear');
    expect(some.output).toMatch(/^ok +hear +/m);
    expect(some.output).toMatch(/^0 failed, 7 ok, 0 noted, 0 skipped$/m);
    expect(some.code).toBe(0);
    const other = await run(...stage, '--param', 'shards=8', '--only', 'settings', '--json');
    const said = JSON.parse(other.output);
    expect(outcomes(said.findings, 'failed')).toEqual(['settings']);
    const advice = expect.any(String);
    expect(named(said.findings, 'settings')).toMatchObject({ says: 'shards is 4, and not 8', advice });
    expect(other.code).toBe(1);
    expect((await run('--help')).code).toBe(0);
    const wrong = { code: 2, output: expect.stringContaining('is shards meant?') };
    expect(await run('--param', 'shard=8')).toMatchObject(wrong);
  });

  it.each([
    [
      'a wrong token',
      'handshake',
      async () => ({ token: await tokenFor('doctor', grants, `another ${SECRET}`) }),
      'answered with 403',
    ],
    ['a token that grants too little', 'subscribe', async () => ({ token: await tokenFor('doctor') }), 'FORBIDDEN'],
    ['a clock that is a minute ahead', 'clocks', async () => ({ now: () => Date.now() + 60_000 }), 'ahead'],
    [
      'limits that are not what was configured',
      'limits',
      async () => ({ parameters: { wsMaxMessageSize: '2097152', maxSubscriptions: '1000' } }),
      'wsMaxMessageSize is 1048576, and not 2097152',
    ],
  ])('finds %s', async (_, check, planted, says) => {
    const findings = await examine({ ...options, only: [check], ...(await planted()) });
    expect(outcomes(findings, 'failed')).toEqual([check]);
    expect(named(findings, check)).toMatchObject({ says: expect.stringContaining(says), advice: expect.any(String) });
  });

  it('leaves out what a wrong key does not show', async () => {
    const findings = await examine({ ...options, only: ['settings'], key: 'another key, of nobody' });
    expect(named(findings, 'settings')).toMatchObject({ outcome: 'skipped', says: expect.stringContaining('--key') });
  });

  it('finds a wrong address, of nobody and of somebody else', async () => {
    const only = ['http', 'handshake'];
    const [free] = await freePorts([0]);
    const nobody = await examine({
      ...{ ...options, only, url: `ws://127.0.0.1:${free}`, http: `http://127.0.0.1:${free}` },
    });
    expect(outcomes(nobody, 'failed')).toEqual(only);
    const server = createServer((_, response) => response.end('another service'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const other = await examine({
      ...{ ...options, only, url: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}` },
    });
    expect(outcomes(other, 'failed')).toEqual(only);
    expect(named(other, 'handshake')).toMatchObject({ advice: expect.stringContaining('WebsocketUrl') });
  });

  it.each<[string, string, (direction: Direction, text: string) => Fate]>([
    ['large frames that are lost', '600 KB', (_, text) => (text.length > 20_000 ? 'lose' : 'pass')],
    ['messages in frames that are lost', 'many frames', (_, text) => (text.length > 50_000 ? 'lose' : 'pass')],
    ['answers that do not come back', 'answers', (_, text) => (text.includes('"pong"') ? 'lose' : 'pass')],
    ['a greeting that does not come', 'greeting', (_, text) => (text.includes('"connection"') ? 'lose' : 'pass')],
    ['events that do not come', 'hear', (_, text) => (isEvent(text, ':hear"') ? 'lose' : 'pass')],
    ['replays that do not come', 'replay', (_, text) => (text.includes('"replay"') ? 'lose' : 'pass')],
    [
      'events that are heard with other data',
      'hear',
      (_, text) => (isEvent(text, ':hear"') ? { text: text.replace('1.5', '1.25') } : 'pass'),
    ],
    [
      'private events that are not marked',
      'private',
      (_, text) => (isEvent(text, ':private"') ? { text: text.replace(/"private":true,?/, '') } : 'pass'),
    ],
    [
      'a gateway that closes for large frames otherwise',
      'large frame',
      (way, text) => (way === 'in' && text.length > 33_000 ? 1008 : 'pass'),
    ],
  ])('finds %s', async (_, check, fateOf) => {
    const findings = await through(check, fateOf);
    expect(outcomes(findings, 'failed')).toEqual([check]);
    expect(named(findings, check)).toMatchObject({ advice: expect.any(String) });
  });

  it('finds events in another order', async () => {
    let first: string | undefined;
    const findings = await through('order', (way, text) => {
      if (way !== 'out' || !isEvent(text, ':order"') || !/"offset":[12]\D/.test(text)) return 'pass';
      if (/"offset":2\D/.test(text)) return { text: text.replace('"offset":2', '"offset":1') };
      first = text;
      return { text: first.replace('"offset":1', '"offset":2') };
    });
    expect(outcomes(findings, 'failed')).toEqual(['order']);
    expect(first).toBeDefined();
  });
});

describe('the doctor at a stage of which a mapping does not consume its shard', () => {
  it('says so', async () => {
    const rabbitmqUrl = ownBroker();
    const connection = await amqp.connect(rabbitmqUrl);
    const channel = await connection.createChannel();
    const topology = topologyOf({ shards: 4 });
    await declareTopology(channel, topology);
    // Whoever consumes a shard first keeps it, and this one acknowledges nothing.
    await channel.consume(topology.shards[2] as string, () => undefined);
    const emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl,
      env: { REDIS_KEY_PREFIX: `doctor-${randomUUID()}:`, ADMIN_KEY: KEY },
    });
    onTestFinished(async () => {
      await emulator.stop();
      await connection.close();
    });
    const findings = await examine({
      ...{ url: emulator.websocketUrl, http: emulator.httpUrl, token: undefined, key: KEY, user: 'doctor' },
      ...{ channel: 'doctor', parameters: {}, only: ['mappings'], patience: PATIENCE, now: Date.now },
    });
    expect(outcomes(findings, 'failed')).toEqual(['mappings']);
    expect(named(findings, 'mappings').says).toMatch(/^events of \d+ of 64 channels /);
  });
});
