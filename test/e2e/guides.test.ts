import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, stop } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const GUIDES = [
  'docs/guides/use-the-library',
  'docs/guides/publish',
  'docs/guides/consume',
  'docs/guides/secure-it',
  'client/README',
];
/** Languages of blocks that are programs, and those that this test can run. */
const PROGRAMS = new Set(['js', 'ts', 'jsx', 'bash', 'python']);
const RUN = new Set(['js', 'ts', 'bash']);
/** A block, the comment that says why it is not run, and what it prints, where the next block says so. */
const BLOCK =
  /^(?:<!-- not run: (?<reason>.+) -->\n)?```(?<language>\w+)\n(?<text>(?:.*\n)*?)```\n(?:\n```text\n(?<output>(?:.*\n)*?)```\n)?/gm;

interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly reason: string | undefined;
  readonly output: string | undefined;
}

const blocksOf = (guide: string): readonly Block[] => {
  const markdown = readFileSync(path.join(ROOT, `${guide}.md`), 'utf8');
  return [...markdown.matchAll(BLOCK)].map(({ index, groups = {} }) => ({
    line: markdown.slice(0, index).split('\n').length,
    language: groups['language'] as string,
    text: groups['text'] as string,
    reason: groups['reason'],
    output: groups['output'],
  }));
};

const blocks = GUIDES.flatMap((guide) => blocksOf(guide).map((block) => ({ guide, ...block })));
const programs = blocks.filter(({ language }) => PROGRAMS.has(language));

it.each(programs)(
  'the program in line $line of $guide is run, or says why it is not',
  ({ language, output, reason }) => {
    expect(reason === undefined ? output !== undefined && RUN.has(language) : output === undefined).toBe(true);
  },
);

it('finds programs in every guide', () => {
  for (const guide of GUIDES) expect(programs.filter((program) => program.guide === guide)).not.toEqual([]);
});

describe('as it is printed', () => {
  const directory = path.join(ROOT, '.local', `guides-${randomUUID()}`);
  const adminKey = randomUUID();
  let emulator: RunningEmulator;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    mkdirSync(directory, { recursive: true });
    const rabbitmqUrl = ownBroker();
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl,
      env: { REDIS_KEY_PREFIX: `guides-${randomUUID()}:`, ADMIN_KEY: adminKey },
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

  const run = async ({ language, text }: Block): Promise<string> => {
    if (language === 'bash') {
      return (await promisify(execFile)('bash', ['-euc', here(text)], { env: environment })).stdout;
    }
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
      },
      external: ['amqplib'],
      logLevel: 'silent',
    });
    return (await promisify(execFile)(process.execPath, [outfile], { env: environment })).stdout;
  };

  it.each(programs.filter(({ reason }) => reason === undefined))(
    'line $line of $guide prints what it says',
    async (block) => {
      expect((await run(block)).trimEnd()).toBe(block.output?.trimEnd());
    },
  );
});
