import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { startChromium } from '../../test/e2e/chromium.ts';
import { Client } from '../../test/e2e/client.ts';
import { ROOT } from '../backends.ts';
import { type Measure, median, type Suite } from '../measure.ts';
import { CHANNEL, PAGES, type Page } from '../pages/names.ts';
import { startStack } from '../stack.ts';

const LOADS = 10;
const QUICK_LOADS = 5;
/** Milliseconds from an acknowledgement to the next event: as fine as the time of the first can be told. */
const EVERY = 5;

interface Load {
  /** Milliseconds from the beginning of the navigation to the first event. */
  readonly time: number;
  readonly connections: number;
}

/** Serves the pages, each with its script within it, so that nothing else is fetched. */
const servePages = async (): Promise<{ readonly address: string; close(): void }> => {
  const pages = new Map<string, string>();
  for (const name of PAGES) {
    const entry = path.join(ROOT, 'bench/pages', `${name}.ts`);
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, write: false });
    pages.set(
      `/${name}`,
      `<!doctype html><title>${name}</title><script type="module">${outputFiles[0]?.text}</script>`,
    );
  }
  const server = createServer((request, response) => {
    const page = pages.get(new URL(request.url ?? '/', 'http://page').pathname);
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};

/** Loads a page as a new visitor does, and waits for its first event. */
const load = async (browser: Browser, address: string): Promise<Load> => {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    let connections = 0;
    page.on('websocket', () => connections++);
    await page.goto(address);
    const handle = await page.waitForFunction('globalThis.firstEvent');
    return { time: (await handle.jsonValue()) as number, connections };
  } finally {
    await context.close();
  }
};

/** From the load of a page to its first event, through the library and through a plain WebSocket, in Chromium. */
export const pageLoad: Suite = async (say, { quick }) => {
  const loads = quick ? QUICK_LOADS : LOADS;
  const stack = await startStack(say);
  const pages = await servePages();
  let browser: Browser | undefined;
  const ended = new AbortController();
  let publishing: Promise<void> | undefined;
  try {
    browser = await startChromium();
    say(`Chromium ${browser.version()}`);
    const publisher = await Client.connect(stack.websocketUrl, 'publisher');
    publishing = (async () => {
      while (!ended.signal.aborted) {
        // Each waits for its acknowledgement, so that a busy machine slows them and no backlog grows.
        await publisher.request({ type: 'broadcast', channel: CHANNEL, data: 0 });
        publisher.heard.length = 0;
        await pause(EVERY);
      }
      await publisher.close();
    })();
    const taken: Record<Page, Load[]> = { library: [], plain: [] };
    // The first round warms all up, and is not counted.
    for (let round = 0; round <= loads; round++) {
      for (const name of PAGES) {
        const query = new URLSearchParams({ url: stack.websocketUrl });
        const result = await load(browser, `${pages.address}/${name}?${query}`);
        if (round > 0) taken[name].push(result);
      }
    }
    say(`${loads} loads of each page, in turn`);
    const time = (name: Page): number => median(taken[name].map((each) => each.time));
    const measures: Measure[] = [
      { name: 'client.first-event', value: time('library'), unit: 'ms', better: 'lower' },
      { name: 'client.first-event-of-websocket', value: time('plain'), unit: 'ms', better: 'lower' },
      {
        name: 'client.first-event-vs-websocket',
        value: time('library') / time('plain'),
        unit: '×',
        target: 1.5,
        better: 'lower',
      },
      {
        name: 'client.connections-of-a-load',
        value: Math.max(...taken.library.map(({ connections }) => connections)),
        unit: '',
        target: 1,
        better: 'lower',
      },
    ];
    return measures;
  } finally {
    ended.abort();
    await publishing;
    await browser?.close();
    pages.close();
    await stack.stop();
  }
};
