import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');

describe('the interactive client', () => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `terminal-${randomUUID()}:` },
    });
  });
  afterAll(() => emulator?.stop());

  /** Starts it as a shell does, with whatever Node the machine has. */
  const start = (user: string, stdin: 'pipe' | 'ignore', ...more: string[]) => {
    const programs = (process.env['PATH'] ?? '').split(path.delimiter).filter((each) => !each.includes('node_modules'));
    const args = [
      'test/test-client.js',
      '--url',
      emulator.websocketUrl,
      '--http',
      emulator.httpUrl,
      '--user',
      user,
      ...more,
    ];
    const child: ChildProcess = spawn('node', args, {
      cwd: ROOT,
      env: { ...process.env, PATH: programs.join(path.delimiter) },
      stdio: [stdin, 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => {
        output += String(data);
        for (const wake of waiting) wake();
      });
    }
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const written = async (text: string): Promise<void> => {
      for (const giveUp = Date.now() + 30_000; !output.includes(text); ) {
        if (Date.now() > giveUp) throw new Error(`It never wrote ${JSON.stringify(text)}:\n${output}`);
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        const timer = setTimeout(resolve, 1_000);
        await promise;
        clearTimeout(timer);
        waiting.delete(resolve);
      }
    };
    return { child, ended, written, output: () => output };
  };

  it('does what a pipe says, and leaves', async () => {
    const run = randomUUID().slice(0, 8);
    const client = start('alice', 'pipe');
    client.child.stdin?.end(
      [
        `sub ${run}:* user:*`,
        `broadcast ${run}:channel "hello"`,
        `broadcast ${run}:channel {"n": 1}`,
        'stress 20 1',
        'metrics',
        'status',
        'replay 5m',
        `unsub ${run}:*`,
        'help',
        '',
      ].join('\n'),
    );
    expect(await client.ended).toBe(0);
    const output = client.output();
    expect(output).toContain('connected as alice');
    expect(output).toContain(`< ${run}:channel #1 "hello" (alice)`);
    expect(output).toContain(`< ${run}:channel #2 {"n":1} (alice)`);
    expect(output).toMatch(/20\/20 heard in .*\n {2}acknowledged: 20, p50 /);
    expect(output).toMatch(/events {11}\d+/);
    expect(output).toContain(`subscribed to ${run}:* user:*`);
    expect(output).toContain('complete: true');
    expect(output).toContain(`unsubscribed ${run}:*`);
    expect(output).toContain('stress N MS');
  });

  it('says what a line has wrong, goes on, and says so in the end', async () => {
    const client = start('alice', 'pipe');
    client.child.stdin?.end('nonsense\nbroadcast only\nstress many\nsub a::b\nsub fine\n');
    expect(await client.ended).toBe(1);
    const output = client.output();
    for (const text of [
      '! No such command: nonsense',
      '! broadcast CHANNEL DATA',
      '! N: expected',
      '! channel "a::b"',
      'subscribed fine',
    ]) {
      expect(output).toContain(text);
    }
  });

  it('started without input it connects and stays, until it is told to end', async () => {
    const client = start('load-test-1', 'ignore');
    await client.written('* connected');
    expect(client.child.exitCode).toBeNull();
    const bob = await Client.connect(emulator.websocketUrl, 'bob');
    expect(await bob.request({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(client.child.exitCode).toBeNull();
    client.child.kill('SIGTERM');
    expect(await client.ended).toBe(0);
    await bob.close();
  });

  it.each([
    ['--url', 'http://localhost'],
    ['--http', 'localhost:3002'],
  ])('says how it is called where an address is none: %s %s', async (option, address) => {
    const client = start('alice', 'ignore', option, address);
    expect(await client.ended).toBe(1);
    expect(client.output()).toContain('Usage: npm run client');
  });
});
