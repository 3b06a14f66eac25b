import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, stop } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Block, blocksOf } from '../guides/blocks.ts';
import { type Conversation, converse } from '../guides/conversation.ts';
import { BESIDE_A_SERVICE, isRunBesideAService } from '../guides/run-by.ts';
import { ownBroker } from '../own-broker.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** Milliseconds between two events that are published while a program waits for one. */
const PACE = 500;

const contentOf = (document: string): string => readFileSync(path.join(ROOT, document), 'utf8');
const blocks = BESIDE_A_SERVICE.flatMap((document) =>
  blocksOf(contentOf(document))
    .filter((block) => isRunBesideAService(document, block))
    .map((block) => ({ document, ...block })),
);
const settings = blocks.filter(({ language }) => language === 'ini');
const conversations = blocks.filter(({ language }) => language === 'console');
const programs = blocks.filter(({ language }) => language !== 'ini' && language !== 'console');

it.each(BESIDE_A_SERVICE)('finds blocks in %s', (document) => {
  expect(blocks.filter((block) => block.document === document)).not.toEqual([]);
});

describe('as it is printed', () => {
  const directory = path.join(ROOT, '.local', `guides-${randomUUID()}`);
  const adminKey = randomUUID();
  let emulator: RunningEmulator;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    const rabbitmqUrl = ownBroker();
    const asDocumented = settings
      .flatMap(({ text }) => text.trim().split('\n'))
      .map((line) => line.split('=') as [string, string]);
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl,
      env: {
        ...Object.fromEntries(asDocumented),
        REDIS_KEY_PREFIX: `guides-${randomUUID()}:`,
        ADMIN_KEY: adminKey,
        APPENDED_ENABLED: 'true',
      },
    });
    const { NODE_ENV: _mode, ...inherited } = process.env;
    environment = {
      ...inherited,
      BACK_END_URL: rabbitmqUrl,
      ADMIN_KEY: adminKey,
      AUTH_JWT_SECRET: randomUUID(),
    };
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    // Its process would have the worker's output in hand, and the run wait for that.
    await stop();
    await emulator?.stop();
  });

  /** The service stands at other ports here, and the library is not installed. */
  const here = (text: string): string =>
    text.replaceAll('ws://localhost:3001', emulator.websocketUrl).replaceAll('http://localhost:3002', emulator.httpUrl);

  /** What is started for a block, and where. */
  const commandOf = async ({
    language,
    text,
  }: Block): Promise<readonly [file: string, args: string[], cwd: string]> => {
    // What is made for a try is made elsewhere than in the project.
    if (language === 'bash') return ['bash', ['-euc', here(text)], text.startsWith('npm ') ? ROOT : directory];
    const outfile = path.join(directory, `${randomUUID()}.mjs`);
    await build({
      stdin: { contents: here(text), resolveDir: ROOT, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      alias: {
        'realtime-sync-client': path.join(ROOT, 'client/src/index.ts'),
        'realtime-sync-client/events': path.join(ROOT, 'client/src/events.ts'),
        'realtime-sync-client/expressions': path.join(ROOT, 'client/src/expressions.ts'),
        'realtime-sync-client/schema': path.join(ROOT, 'client/src/schema.ts'),
        'realtime-sync-client/testing': path.join(ROOT, 'client/testing/index.ts'),
      },
      external: ['amqplib'],
      logLevel: 'silent',
    });
    return [process.execPath, [outfile], ROOT];
  };

  const run = async (block: Block): Promise<string> => {
    const [file, args, cwd] = await commandOf(block);
    return (await promisify(execFile)(file, args, { env: environment, cwd })).stdout;
  };

  /** Payments, of which a program may wait to hear one. */
  const publishOn = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const body = JSON.stringify({ events: [{ channel: 'order:7:paid', data: { order: 7 } }] });
      await fetch(`${emulator.httpUrl}/events?user=till`, { method: 'POST', body });
      await new Promise((resolve) => setTimeout(resolve, PACE));
    }
  };

  /** Ends a program once it printed this. */
  const runUntil = async (block: Block, text: string): Promise<void> => {
    const [file, args, cwd] = await commandOf(block);
    const child = spawn(file, args, { env: environment, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const publishing = new AbortController();
    const published = publishOn(publishing.signal);
    let output = '';
    try {
      await new Promise<void>((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (data) => {
            output += String(data);
            if (output.includes(text)) resolve();
          });
        }
        child.once('close', () => reject(new Error(`It ended without ${text}:\n${output}`)));
      });
    } finally {
      child.kill();
      publishing.abort();
      await published;
    }
  };

  it.each(programs.filter(({ output }) => output !== undefined))(
    'line $line of $document prints what it says',
    async (block) => {
      expect((await run(block)).trimEnd()).toBe(block.output?.trimEnd());
    },
  );

  it.each(programs.filter(({ mark }) => mark?.kind === 'run'))('line $line of $document ends well', async (block) => {
    await run(block);
  });

  it.each(programs.flatMap(({ mark, ...block }) => (mark?.kind === 'run until' ? [{ ...block, mark }] : [])))(
    'line $line of $document prints $mark.text',
    async ({ mark, ...block }) => runUntil({ ...block, mark }, mark.text),
  );

  it.each([...new Set(conversations.map(({ document }) => document))])(
    'in %s people hear each other',
    async (document) => {
      const going: Conversation[] = [];
      try {
        for (const { text } of conversations.filter((block) => block.document === document)) {
          going.push(await converse(here(text), ROOT));
        }
        const [, said = ''] = /^\w+ hears `(.+)`\.$/m.exec(contentOf(document)) ?? [];
        expect(said).not.toBe('');
        // The same channels are written to by programs of other documents.
        await going[0]?.hear(said.replace(/#\d+/, '#…'));
      } finally {
        for (const each of going) await each.close();
      }
    },
  );
});
