import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { build, stop } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ScriptedService } from '../conformance/client/service.ts';
import { startChromium } from '../e2e/chromium.ts';
import { type RunningEmulator, startEmulator } from '../e2e/emulator.ts';
import { ownBroker } from '../own-broker.ts';
import { type Installed, TOOLS } from './installed.ts';
import { MISUSED, RELOADING, SINCE, SUSPENDING } from './react-cases.ts';
import { bundleOf, installWithReact, openPage, pageWith, shows } from './react-page.ts';
import { type Served, serve } from './served.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');

describe('the library in React', () => {
  let app: Installed;
  let browser: Browser;
  let served: Served | undefined;

  beforeAll(async () => {
    app = await installWithReact();
    copyFileSync(path.join(ROOT, 'client/example/react/main.tsx'), path.join(app.directory, 'main.tsx'));
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
    app?.remove();
    await stop();
  });
  afterEach(() => served?.close());

  const bundle = (program: Parameters<typeof bundleOf>[1]): Promise<string> => bundleOf(app, program);
  const open = (address: string): ReturnType<typeof openPage> => openPage(browser, address);

  it('has types that fit React’s own, and an example that they fit', async () => {
    const compilerOptions = {
      ...{ noEmit: true, strict: true, module: 'ESNext', moduleResolution: 'bundler', target: 'ES2024' },
      ...{ lib: ['ES2024', 'DOM', 'DOM.Iterable'], types: [], jsx: 'react-jsx', skipLibCheck: false },
      ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true },
      paths: { react: [path.join(TOOLS, '@types/react')] },
    };
    const files = [path.join(app.directory, 'main.tsx'), path.join(ROOT, 'client/src/react.ts')];
    writeFileSync(path.join(app.directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = run(path.join(ROOT, 'node_modules/.bin/tsc'), ['-p', app.directory]);
    expect(
      await tsc.then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      ),
    ).toBe('');
  });

  describe('on a server', () => {
    let html: string;

    beforeAll(async () => {
      const file = path.join(app.directory, 'main.server.mjs');
      await build({
        entryPoints: [path.join(app.directory, 'main.tsx')],
        ...{ outfile: file, bundle: true, format: 'esm', platform: 'node', jsx: 'automatic', packages: 'external' },
      });
      const program = `
        const { createElement } = await import('react');
        const { renderToString } = await import('react-dom/server');
        const { App } = await import('./main.server.mjs');
        globalThis.WebSocket = class { constructor() { throw new Error('A socket was made'); } };
        console.log(renderToString(createElement(App)));`;
      writeFileSync(path.join(app.directory, 'render.mjs'), program);
      const { stdout, stderr } = await run(process.execPath, ['render.mjs'], { cwd: app.directory });
      expect(stderr).toBe('');
      html = stdout.trim();
    });

    it('is rendered without a client, by a process that ends', () => {
      expect(html.replaceAll('<!-- -->', '')).toContain('State: connecting');
    });

    it('is taken up by the page as it was rendered, with one connection and one subscription', async () => {
      const service = new ScriptedService();
      served = await serve({ '/': pageWith(html), '/page.js': await bundle({ file: 'main.tsx' }) });
      try {
        const { page, said } = await open(
          `${served.address}/?${new URLSearchParams({ url: await service.listen(), user: 'alice' })}`,
        );
        await shows(page, 'State: connected');
        await service.publish('list:added', { data: { text: 'milk' } });
        await page.getByText('milk (bob, no. 1)').waitFor();
        expect(said.filter((line) => !line.includes('React DevTools'))).toEqual([]);
        expect(await page.evaluate('globalThis.made.length')).toBe(1);
        const subscribed = service.requests.filter(({ type }) => type === 'subscribe');
        expect(subscribed.length).toBeLessThanOrEqual(2);
        expect(service.connections).toBe(1);
      } finally {
        await service.end();
      }
    });
  });

  it('says what is missing to who uses it without a provider, or a provider without connect, on a server too', async () => {
    writeFileSync(path.join(app.directory, 'misused.mjs'), MISUSED);
    const { stdout } = await run(process.execPath, ['misused.mjs'], { cwd: app.directory });
    expect(JSON.parse(stdout)).toEqual([
      'useClient() needs a <RealtimeProvider> above its component',
      'useConnectionState() needs a <RealtimeProvider> above its component',
      'useSubscription() needs a <RealtimeProvider> above its component',
      'useHistory() needs a <RealtimeProvider> above its component',
      '<RealtimeProvider> needs connect, a function that makes a client: () => connect({ url })',
      'nothing',
    ]);
  });

  it('hears what it asked for first where `since` is made of the present time at each render', async () => {
    const service = new ScriptedService();
    served = await serve({ '/': pageWith(), '/page.js': await bundle({ text: SINCE }) });
    try {
      await service.publish('list:added', { data: 1 });
      await service.publish('other:added', { data: 'other' });
      const { page, said } = await open(`${served.address}/?${new URLSearchParams({ url: await service.listen() })}`);
      await shows(page, 'heard 1 true, read 1 false');
      await service.publish('list:added', { data: 2 });
      await shows(page, 'heard 1,2 true, read 1 false');
      await page.evaluate("globalThis.setPrefix('other')");
      await shows(page, 'heard other true, read other false');
      // Other options are another question, with the time that it is then.
      await page.evaluate('globalThis.setHours(0)');
      await shows(page, 'heard other true, read other false');
      await page.evaluate('globalThis.setKeep(1)');
      await shows(page, 'heard  true, read other false');
      expect(said).toEqual([]);
      expect(service.connections).toBe(1);
      expect(service.requests.filter(({ type }) => type === 'subscribe').length).toBeLessThan(8);
    } finally {
      await service.end();
    }
  });

  it('holds what it heard through Suspense and strict mode, and begins nothing for what is not there yet', async () => {
    const service = new ScriptedService();
    served = await serve({ '/': pageWith(), '/page.js': await bundle({ text: SUSPENDING }) });
    try {
      const { page, said } = await open(`${served.address}/?${new URLSearchParams({ url: await service.listen() })}`);
      await shows(page, 'suspended');
      await shows(page, 'state connected');
      expect(service.isSubscribed(['list:*'])).toBe(false);
      await page.evaluate('globalThis.settle()');
      await shows(page, 'heard ');
      await vi.waitFor(() => expect(service.isSubscribed(['list:*'])).toBe(true), { timeout: 30_000 });
      await service.publish('list:added', { data: 1 });
      await shows(page, 'heard 1');
      await page.evaluate('globalThis.suspend()');
      await shows(page, 'suspended');
      await service.publish('list:added', { data: 2 });
      await page.evaluate('globalThis.settle()');
      await shows(page, 'heard 1,2');
      expect(said).toEqual([]);
      // Strict mode has it there twice.
      expect(await page.evaluate('globalThis.connects')).toBe(1);
      expect(service.connections).toBe(1);
    } finally {
      await service.end();
    }
  });

  it('goes on where a component is replaced by a newer version of itself', async () => {
    const service = new ScriptedService();
    served = await serve({ '/': pageWith(), '/page.js': await bundle({ text: RELOADING }) });
    try {
      const { page, said } = await open(`${served.address}/?${new URLSearchParams({ url: await service.listen() })}`);
      await vi.waitFor(() => expect(service.isSubscribed(['list:*'])).toBe(true), { timeout: 30_000 });
      await service.publish('list:added', { data: 1 });
      await shows(page, 'first heard 1');
      await page.evaluate('globalThis.replace()');
      await shows(page, 'second heard 1');
      await service.publish('list:added', { data: 2 });
      await shows(page, 'second heard 1,2');
      expect(said).toEqual([]);
      expect(service.connections).toBe(1);
      expect(service.requests.filter(({ type }) => type === 'unsubscribe')).toEqual([]);
    } finally {
      await service.end();
    }
  });

  describe('beside the local gateway', () => {
    let emulator: RunningEmulator;

    beforeAll(async () => {
      emulator = await startEmulator({
        redisUrl: inject('redisUrl'),
        rabbitmqUrl: ownBroker(),
        env: { REDIS_KEY_PREFIX: `react-${randomUUID()}:` },
      });
    });
    afterAll(() => emulator?.stop());

    it('[R-10] shows in both windows what is added in one, to one that comes back what it missed, and pages of history', async () => {
      const { address, close } = await serve({ '/': pageWith(), '/page.js': await bundle({ file: 'main.tsx' }) });
      const enter = async (user: string): Promise<Page> => {
        const { page } = await open(`${address}/?${new URLSearchParams({ url: emulator.websocketUrl, user })}`);
        await shows(page, 'State: connected');
        return page;
      };
      const add = async (page: Page, text: string): Promise<void> => {
        await page.getByLabel('New entry').fill(text);
        await page.getByRole('button', { name: 'Add' }).click();
      };
      const lists = (page: Page, ...entries: string[]): Promise<void> =>
        vi.waitFor(async () => expect(await page.getByRole('listitem').allTextContents()).toEqual(entries), {
          timeout: 60_000,
        });
      try {
        const alice = await enter('alice');
        const bob = await enter('bob');
        await add(alice, 'milk');
        const milk = 'milk (alice, no. 1)';
        await lists(alice, milk);
        await lists(bob, milk);
        await bob.close();
        await add(alice, 'bread');
        await lists(alice, milk, 'bread (alice, no. 2)');
        await add(alice, 'tea');
        const all = [milk, 'bread (alice, no. 2)', 'tea (alice, no. 3)'];
        await lists(alice, ...all);
        const again = await enter('bob');
        await lists(again, ...all);
        await again.getByRole('button', { name: 'From the beginning' }).click();
        const oldest = again.getByRole('region', { name: 'From the beginning' }).locator('p');
        const pages = (...texts: string[]): Promise<void> =>
          vi.waitFor(async () => expect(await oldest.allTextContents()).toEqual(texts), { timeout: 60_000 });
        await pages('milk', 'bread');
        await again.getByRole('button', { name: 'More' }).click();
        await pages('milk', 'bread', 'tea');
        expect(await again.getByRole('button', { name: 'More' }).count()).toBe(0);
      } finally {
        close();
      }
    });
  });
});
