import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { freePorts } from '../../localstack/ports.ts';
import { ownBroker } from '../own-broker.ts';
import { startChromium } from './chromium.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const ROOT = path.join(import.meta.dirname, '../..');

describe('the example application, in two windows', () => {
  let emulator: RunningEmulator;
  let example: ChildProcess;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    const [port] = await freePorts([0]);
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `example-${randomUUID()}:` },
    });
    example = spawn(process.execPath, ['client/example/serve.ts', '--port', String(port)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: example.stdout as NodeJS.ReadableStream })) {
      const url = /http:\/\/\w+:\d+/.exec(line)?.[0];
      if (url === undefined) continue;
      address = url;
      break;
    }
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    if (example?.exitCode === null && example.kill()) await once(example, 'exit');
    await emulator?.stop();
  });

  /** Opens the page as a user, and waits until it is connected. */
  const open = async (user: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(`${address}/?${new URLSearchParams({ user, url: emulator.websocketUrl })}`);
    await page.getByText('State: connected').waitFor();
    return page;
  };

  const add = async (page: Page, text: string): Promise<void> => {
    await page.getByLabel('New entry').fill(text);
    await page.getByRole('button', { name: 'Add' }).click();
  };

  const shows = (page: Page, ...entries: string[]): Promise<void> =>
    vi.waitFor(async () => expect(await page.getByRole('listitem').allTextContents()).toEqual(entries), {
      timeout: 60_000,
    });

  it('[R-10] shows in both what is added in one, and to one that comes back what it missed', async () => {
    const alice = await open('alice');
    const bob = await open('bob');
    await add(alice, 'milk');
    const milk = 'milk (alice, no. 1)';
    await shows(alice, milk);
    await shows(bob, milk);
    await bob.close();
    await add(alice, 'bread');
    await add(alice, 'tea');
    const all = [milk, 'bread (alice, no. 2)', 'tea (alice, no. 3)'];
    await shows(alice, ...all);
    const again = await open('bob');
    await shows(again, ...all);
    await add(again, 'rice');
    await shows(alice, ...all, 'rice (bob, no. 4)');
  });
});
