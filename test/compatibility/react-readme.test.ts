import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { stop } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScriptedService } from '../conformance/client/service.ts';
import { startChromium } from '../e2e/chromium.ts';
import { blocksOf } from '../guides/blocks.ts';
import type { Installed } from './installed.ts';
import { TESTED } from './react-cases.ts';
import { bundleOf, installWithReact, openPage, pageWith } from './react-page.ts';
import { type Served, serve } from './served.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');
const OWN_NAME = 'test/compatibility/react-readme.test.ts';
/** What the documents say of where the service is. */
const ADDRESS = 'ws://localhost:3001';

/** The programs of a document that this test runs. */
const programsOf = (document: string): readonly string[] =>
  blocksOf(readFileSync(path.join(ROOT, document), 'utf8'))
    .filter(({ mark }) => mark?.kind === 'run by' && mark.file === OWN_NAME)
    .map(({ text }) => text);

const [tasks = '', accounts = '', chat = '', ...others] = programsOf('client/README.md');
const [guide = '', ...more] = programsOf('docs/guides/use-the-library.md');

describe('programs of documents in React', () => {
  let app: Installed;
  let browser: Browser;
  let service: ScriptedService;
  let served: Served | undefined;

  beforeAll(async () => {
    app = await installWithReact();
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    app?.remove();
    await stop();
  });
  beforeEach(() => {
    service = new ScriptedService();
    return async () => {
      served?.close();
      await service.end();
    };
  });

  /** Shows a program's `App`. */
  const show = async (program: string): Promise<{ readonly page: Page; readonly said: string[] }> => {
    const url = await service.listen();
    writeFileSync(path.join(app.directory, 'app.tsx'), program.replace(ADDRESS, url));
    const text = `
      import { createElement as h, StrictMode } from 'react';
      import { createRoot } from 'react-dom/client';
      import { App } from './app.tsx';
      createRoot(document.getElementById('root')).render(h(StrictMode, null, h(App)));`;
    served = await serve({ '/': pageWith(), '/page.js': await bundleOf(app, { text }) });
    return openPage(browser, served.address);
  };

  const paragraphs = (page: Page, ...texts: string[]): Promise<void> =>
    vi.waitFor(async () => expect(await page.locator('p').allTextContents()).toEqual(texts), { timeout: 30_000 });
  const click = (page: Page, name: string): Promise<void> => page.getByRole('button', { name }).click();

  it('are as many as there are tests of them', () => {
    expect([tasks, accounts, chat, guide].filter((text) => !text.includes(ADDRESS))).toEqual([]);
    expect([...others, ...more]).toEqual([]);
  });

  it('fit the types of React', async () => {
    const files = [tasks, accounts, chat].map((text, index) => {
      writeFileSync(path.join(app.directory, `readme-${index}.tsx`), text);
      return `readme-${index}.tsx`;
    });
    const compilerOptions = {
      ...{ noEmit: true, strict: true, module: 'ESNext', moduleResolution: 'bundler', target: 'ES2024' },
      ...{ lib: ['ES2024', 'DOM', 'DOM.Iterable'], types: [], jsx: 'react-jsx', exactOptionalPropertyTypes: true },
    };
    writeFileSync(path.join(app.directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = run(path.join(ROOT, 'node_modules/.bin/tsc'), ['-p', app.directory]);
    expect(
      await tsc.then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      ),
    ).toBe('');
  });

  it('add tasks, and show public and private ones of one channel', async () => {
    const { page, said } = await show(tasks);
    await page.getByRole('button', { name: 'Add (connected)' }).click();
    await paragraphs(page, 'Hello');
    // Both are the first of their count.
    await service.publish('task:opened', { data: { title: 'For Alice' }, to: ['alice'] });
    await paragraphs(page, 'Hello', 'For Alice');
    expect(said).toEqual([]);
  });

  it('show the guide’s list', async () => {
    await service.publish('task:opened', { data: { title: 'Hello' } });
    const { page, said } = await show(guide);
    await service.publish('task:opened', { data: { title: 'For Alice' }, to: ['alice'] });
    await paragraphs(page, 'Hello', 'For Alice');
    expect(said).toEqual([]);
  });

  it('log in, change the user, and log out, and show nobody what is another’s', async () => {
    await service.publish('note:new', { data: 'for all' });
    await service.publish('note:new', { data: 'for Alice', to: ['alice'] });
    const { page, said } = await show(accounts);
    const users = () => service.open.map(({ user }) => user);
    expect(service.connections).toBe(0);
    await click(page, 'I am Alice');
    await vi.waitFor(
      async () => expect((await page.locator('p').allTextContents()).sort()).toEqual(['for Alice', 'for all']),
      {
        timeout: 30_000,
      },
    );
    expect(users()).toEqual(['alice']);
    await click(page, 'I am Bob');
    await paragraphs(page, 'for all');
    await vi.waitFor(() => expect(users()).toEqual(['bob']), { timeout: 30_000 });
    await click(page, 'Log out');
    await paragraphs(page);
    await vi.waitFor(() => expect(users()).toEqual([]), { timeout: 30_000 });
    expect(service.connections).toBe(2);
    expect(said).toEqual([]);
  });

  it('are tested in Node, with a service whose time the test advances', async () => {
    writeFileSync(path.join(app.directory, 'tested.mjs'), TESTED);
    const { stdout, stderr } = await run(process.execPath, ['tested.mjs'], { cwd: app.directory });
    expect([JSON.parse(stdout), stderr]).toEqual([
      ['connected: ', 'connected: Hello', 'waiting: Hello', 'connected: Hello,missed'],
      '',
    ]);
  });

  it('show a chat from its end back, with what is said meanwhile, and what is written before it is sent', async () => {
    const texts = Array.from({ length: 45 }, (_, index) => `old ${index}`);
    for (const data of texts) await service.publish('chat:tea', { data });
    // Something is said between what is heard and what is read.
    service.onTaken = ({ type }) => {
      if (type !== 'subscribe') return;
      service.onTaken = () => undefined;
      void service.publish('chat:tea', { data: 'between' });
    };
    const { page, said } = await show(chat);
    await paragraphs(page, ...texts.slice(26), 'between');
    await service.publish('chat:tea', { data: 'live' });
    await paragraphs(page, ...texts.slice(26), 'between', 'live');
    await click(page, 'Earlier');
    await paragraphs(page, ...texts.slice(6), 'between', 'live');
    await click(page, 'Earlier');
    await paragraphs(page, ...texts, 'between', 'live');
    await vi.waitFor(async () => expect(await page.getByRole('button').count()).toBe(0), { timeout: 30_000 });
    service.instead = ({ type }) => (type === 'broadcast' ? 'silence' : undefined);
    await page.getByLabel('Message').fill('mine');
    await page.getByLabel('Message').press('Enter');
    await paragraphs(page, ...texts, 'between', 'live', 'mine');
    expect(service.log.at(-1)?.data).toBe('live');
    service.instead = () => undefined;
    service.cut();
    await vi.waitFor(() => expect(service.log.at(-1)?.data).toBe('mine'), { timeout: 60_000 });
    await service.publish('chat:tea', { data: 'last' });
    await paragraphs(page, ...texts, 'between', 'live', 'mine', 'last');
    expect(said.filter((line) => !line.includes('WebSocket'))).toEqual([]);
  });
});
