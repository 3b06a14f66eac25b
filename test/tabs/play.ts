import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { connect } from '../../client/src/index.ts';
import { startChromium } from '../e2e/chromium.ts';
import type { Tab, TabState } from './page.ts';

const USER = 'alice';
const CHANNEL = 'count:up';
/** Events that a tab publishes at once, and as many that somebody else publishes one after another. */
const BURST = 20;
/** Milliseconds between two of those. */
const PACE = 10;
/** Milliseconds for which a page stands still: it is replaced after five seconds. */
const FROZEN = 7_000;
/** Milliseconds that anything is waited for. */
const PATIENCE = 120_000;

/** How many tabs there are, and how often each happens to the one that leads, in the middle of broadcasts. */
export interface Plan {
  readonly tabs: number;
  /** Its process crashes. */
  readonly killed: number;
  /** It stands still, and goes on when another leads. */
  readonly frozen: number;
}

export interface Played {
  /** Connections of the user at the service, at the beginning and at the end. */
  readonly connections: readonly number[];
  /** How often another tab led afterwards. */
  readonly replaced: number;
  /** Broadcasts that were acked. */
  readonly acked: number;
  /** The offset of the last event: how many were appended. */
  readonly appended: number;
  /** Events that were heard, lost and heard again, and gaps that were declared, by all tabs that lived to the end. */
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
  readonly gaps: number;
}

interface Scope {
  readonly tab: Tab;
}

const stateOf = (page: Page): Promise<TabState> => page.evaluate(() => (globalThis as unknown as Scope).tab.state());

/** Waits until something is so. */
const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + PATIENCE; !(await isSo()); await pause(100))
    if (Date.now() > end) throw new Error(`Not within ${PATIENCE / 1_000} s: ${what}`);
};

/** Serves the page of the test. */
const serve = async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    ...{ bundle: true, platform: 'browser', format: 'esm', write: false },
  });
  const script = outputFiles[0]?.text ?? '';
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(
      isScript
        ? script
        : '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => server.close() };
};

/** The tabs of one browser, and what is done to them. */
class Tabs {
  readonly pages: Page[] = [];
  readonly #context: BrowserContext;
  readonly #address: string;

  constructor(context: BrowserContext, address: string) {
    this.#context = context;
    this.#address = address;
  }

  async open(): Promise<void> {
    const page = await this.#context.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(this.#address);
    this.pages.push(page);
    await until('a tab is ready', async () => (await stateOf(page)).isReady);
  }

  async leader(): Promise<Page> {
    let found: Page | undefined;
    await until('one tab leads', async () => {
      const states = await Promise.all(this.pages.map(stateOf));
      found = this.pages[states.findIndex(({ role }) => role === 'leader')];
      return states.filter(({ role }) => role === 'leader').length === 1;
    });
    return found as Page;
  }

  /** Crashes the process of a page: nothing of it runs any more, and nothing is said at its end. */
  async kill(page: Page): Promise<void> {
    const crashed = page.waitForEvent('crash');
    const session = await this.#context.newCDPSession(page);
    // It has no answer: who would give it is gone.
    void session.send('Page.crash').catch(() => undefined);
    await crashed;
    this.pages.splice(this.pages.indexOf(page), 1);
    await page.close();
  }
}

/** Opens tabs of Chromium that share a connection to a service, and does to their leaders what the plan says. */
export const playTabs = async (
  service: { readonly websocketUrl: string; readonly httpUrl: string },
  plan: Plan,
  say: (line: string) => void = () => undefined,
): Promise<Played> => {
  const { port, stop } = await serve();
  const publisher = connect({ url: service.websocketUrl, user: 'publisher' });
  let browser: Browser | undefined;
  try {
    // A process for each tab: one that crashes takes no other with it.
    browser = await startChromium(['--process-per-tab', '--renderer-process-limit=100']);
    const address = `http://127.0.0.1:${port}/?${new URLSearchParams({ url: service.websocketUrl, user: USER })}`;
    const tabs = new Tabs(await browser.newContext(), address);
    const connections = async (): Promise<number> => {
      const response = await fetch(`${service.httpUrl}/users/${USER}/connections`);
      return ((await response.json()) as { readonly connections: readonly unknown[] }).connections.length;
    };
    let [acked, replaced] = [0, 0];
    /** Has all hear broadcasts of a tab and of somebody else, in the middle of which something happens to who leads. */
    const during = async (happens: (leader: Page) => Promise<void>): Promise<void> => {
      const leader = await tabs.leader();
      const other = tabs.pages.find((page) => page !== leader) as Page;
      const sent = Array.from({ length: BURST }, async (_, n) => {
        await pause(n * PACE);
        await publisher.broadcast(CHANNEL, {});
      });
      const own = pause((BURST / 2) * PACE).then(() =>
        other.evaluate((count) => (globalThis as unknown as Scope).tab.publish(count), BURST),
      );
      await pause((BURST / 2) * PACE);
      await happens(leader);
      await Promise.all(sent);
      acked += BURST + (await own);
      if ((await tabs.leader()) !== leader) replaced++;
    };

    for (let n = 0; n < plan.tabs; n++) await tabs.open();
    const counted = [await connections()];
    say(`${plan.tabs} tabs, ${counted[0]} connection`);
    for (let n = 1; n <= plan.killed; n++) {
      await during((leader) => tabs.kill(leader));
      await tabs.open();
      say(`killed ${n}: ${acked} acked`);
    }
    for (let n = 1; n <= plan.frozen; n++) {
      await during((leader) =>
        leader.evaluate((duration) => (globalThis as unknown as Scope).tab.freeze(duration), FROZEN),
      );
      say(`frozen ${n}: ${acked} acked`);
    }
    // Who stood still closes its own once it goes on. If the service is not told of an end, it finds one out by what it posts.
    await until('one connection is left', async () => {
      await publisher.broadcast(CHANNEL, {});
      acked++;
      await pause(1_000);
      return (await connections()) === 1;
    });
    // Who hears the last of all has heard what there is.
    let states: readonly TabState[] = [];
    await until('all tabs hear the end', async () => {
      states = await Promise.all(tabs.pages.map(stateOf));
      return states.every(({ last }) => last >= acked);
    });
    counted.push(await connections());
    const sum = (name: 'heard' | 'lost' | 'doubled' | 'gaps'): number =>
      states.reduce((total, state) => total + state[name], 0);
    return {
      connections: counted,
      ...{ replaced, acked },
      appended: Math.max(...states.map(({ last }) => last)),
      ...{ heard: sum('heard'), lost: sum('lost'), doubled: sum('doubled'), gaps: sum('gaps') },
    };
  } finally {
    await publisher.close();
    await browser?.close();
    stop();
  }
};
