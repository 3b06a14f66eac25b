import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildContext, context, stop } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { blocksOf } from '../guides/blocks.ts';
import { ownBroker } from '../own-broker.ts';
import { startChromium } from './chromium.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');

const blocks = blocksOf(readFileSync(path.join(ROOT, 'docs/guides/quick-start.md'), 'utf8'));
const printed = (language: string): string => {
  const [block, ...more] = blocks.filter((each) => each.language === language);
  if (block === undefined || more.length > 0) throw new Error(`The quick start has not one block of ${language}`);
  return block.text;
};

describe('the app of the quick start, in two windows', () => {
  const directory = path.join(ROOT, '.local', `quick-start-${randomUUID()}`);
  const www = path.join(directory, 'www');
  let emulator: RunningEmulator;
  let app: BuildContext;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `quick-start-${randomUUID()}:` },
    });
    mkdirSync(www, { recursive: true });
    writeFileSync(path.join(www, 'index.html'), printed('html'));
    const main = path.join(directory, 'main.js');
    writeFileSync(main, printed('js').replace('ws://localhost:3001', emulator.websocketUrl));
    app = await context({
      entryPoints: [main],
      outdir: www,
      bundle: true,
      format: 'esm',
      write: false,
      alias: { 'realtime-sync-client': path.join(ROOT, 'client/src/index.ts') },
    });
    const { port } = await app.serve({ servedir: www, host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${port}`;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await app?.dispose();
    await stop();
    await emulator?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = async (user: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(`${address}/?user=${user}`);
    await page.getByText('State: connected').waitFor();
    return page;
  };

  const add = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel('What to buy').fill(text);
    await page.getByRole('button', { name: 'Add' }).click();
  };

  const shows = (page: Page, ...entries: string[]): Promise<void> =>
    vi.waitFor(async () => expect(await page.getByRole('listitem').allTextContents()).toEqual(entries), {
      timeout: 60_000,
    });

  it('shows in both what is added in one, and to one that was closed what it missed', async () => {
    const alice = await open('alice');
    const bob = await open('bob');
    await add(alice, 'milk');
    await shows(alice, 'milk (alice)');
    await shows(bob, 'milk (alice)');
    await bob.close();
    await add(alice, 'bread');
    await shows(alice, 'milk (alice)', 'bread (alice)');
    await shows(await open('bob'), 'milk (alice)', 'bread (alice)');
  });
});
