import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build, stop } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Client, connect } from '../../client/src/index.ts';
import { ownBroker } from '../own-broker.ts';
import { startChromium } from './chromium.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const SOURCES = path.join(import.meta.dirname, '../../client/src');

/** What a page does: it hears, and writes what it is told to. Without a network its sockets never open. */
const PROGRAM = `
import { connect } from '${SOURCES}/index.ts';
import { lasting } from '${SOURCES}/storage.ts';
import { sharedSocket } from '${SOURCES}/tabs.ts';
const { searchParams } = new URL(location.href);
const sent = [];
const heard = [];
const errors = [];
class Nowhere {
  close() {}
  send() {}
}
const client = lasting(
  connect,
  {
    url: searchParams.get('url'),
    user: searchParams.get('user'),
    ...(searchParams.has('offline') ? { webSocket: Nowhere } : {}),
    ...(searchParams.has('sharing') ? { webSocket: sharedSocket({ onRole: (now) => (globalThis.role = now) }) } : {}),
  },
  { onSent: ({ data }) => sent.push(data), onError: (error) => errors.push(error.name + ' ' + error.code) },
);
client.subscribe('note:*', ({ data }) => heard.push(data));
const write = (from, to) => {
  for (let n = from; n < to; n++) client.broadcast('list:1', n).catch(() => undefined);
};
Object.assign(globalThis, { client, sent, heard, errors, write });
`;

describe('a page with storage, in Chromium', () => {
  let emulator: RunningEmulator;
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let listener: Client;
  const heard: unknown[] = [];

  beforeAll(async () => {
    const [program] = (
      await build({ stdin: { contents: PROGRAM, resolveDir: SOURCES }, bundle: true, format: 'esm', write: false })
    ).outputFiles;
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: { REDIS_KEY_PREFIX: `storage-${randomUUID()}:` },
    });
    server = createServer((request, response) => {
      const isProgram = request.url === '/program.js';
      response.setHeader('content-type', isProgram ? 'text/javascript' : 'text/html');
      response.end(isProgram ? program?.text : '<script type="module" src="/program.js"></script>');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    browser = await startChromium();
    listener = connect({ url: emulator.websocketUrl, user: 'listener' });
    await listener.subscribe('list:1', ({ data }) => heard.push(data)).ready;
  });
  afterAll(async () => {
    // Its process would have the worker's output in hand, and the run wait for that.
    await stop();
    await listener?.close();
    await browser?.close();
    server?.close();
    await emulator?.stop();
  });

  const open = async (user: string, how?: 'offline' | 'sharing'): Promise<Page> => {
    const page = await context.newPage();
    const query = new URLSearchParams({ user, url: emulator.websocketUrl, ...(how ? { [how]: '' } : {}) });
    // A name that browsers take for safe, as they do HTTPS.
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/?${query}`);
    await page.waitForFunction('globalThis.client !== undefined');
    return page;
  };

  /** What the store has, of all pages: a line for each key, with its value. */
  const lines = (page: Page): Promise<readonly string[]> =>
    page.evaluate(`new Promise((resolve) => {
      const request = indexedDB.open('realtime-sync', 1);
      request.onsuccess = () => {
        const values = request.result.transaction('values').objectStore('values');
        const [keys, texts] = [values.getAllKeys(), values.getAll()];
        texts.onsuccess = () => {
          request.result.close();
          resolve(keys.result.map((key, at) => key + ' ' + texts.result[at]));
        };
      };
    })`);

  const stored = async (page: Page): Promise<number> =>
    (await lines(page)).filter((line) => line.includes('] write ')).length;

  const soon = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 60_000 });

  it('sends what it could not before it was closed, once and in order', async () => {
    context = await browser.newContext();
    const first = await open('alice', 'offline');
    await first.evaluate('write(0, 20)');
    await soon(async () => expect(await stored(first)).toBe(20));
    await first.close();
    const second = await open('alice', 'offline');
    expect(await second.evaluate('client.pending().then((all) => all.map(({ data }) => data))')).toEqual(
      Array.from({ length: 20 }, (_, at) => at),
    );
    await second.evaluate('write(20, 30)');
    await soon(async () => expect(await stored(second)).toBe(30));
    await second.close();
    const third = await open('alice');
    await third.evaluate('write(30, 40)');
    await soon(() => expect(heard).toEqual(Array.from({ length: 40 }, (_, at) => at)));
    await soon(async () => expect(await stored(third)).toBe(0));
    expect(await third.evaluate('[sent.length, errors]')).toEqual([30, []]);
    await context.close();
  });

  it('sends on what it was sending when it was closed, once and in order, and what another tab left', async () => {
    context = await browser.newContext();
    heard.length = 0;
    const tabs = [await open('alice'), await open('alice')];
    await tabs[0]?.evaluate(`client.connected().then(() => write(0, 100))`);
    await tabs[0]?.close();
    const offline = await open('alice', 'offline');
    await offline.evaluate('write(1000, 1005)');
    await soon(async () => expect(await stored(offline)).toBeGreaterThanOrEqual(5));
    await offline.close();
    const next = await open('alice');
    await soon(async () => expect(await stored(next)).toBe(0));
    const firsts = heard.filter((data) => Number(data) < 1_000);
    // The last ones may not have been stored yet: their promises never resolved.
    await soon(() => expect(heard.filter((data) => Number(data) >= 1_000)).toEqual([1000, 1001, 1002, 1003, 1004]));
    expect(firsts).toEqual(Array.from(firsts, (_, at) => at));
    // A service that numbers nothing leaves unknown what was on its way.
    const features = (listener.connection?.server.features ?? {}) as { readonly sequences?: boolean };
    const told = await next.evaluate<string[]>('errors');
    expect(told.filter((name) => features.sequences || !name.startsWith('WriteError'))).toEqual([]);
    await context.close();
  });

  it('of several that share a connection, sends what all left before, once and in order, and what one leaves that is closed', async () => {
    context = await browser.newContext();
    heard.length = 0;
    for (const from of [0, 20]) {
      const offline = await open('dave', 'offline');
      await offline.evaluate(`write(${from}, ${from + 20})`);
      await soon(async () => expect(await stored(offline)).toBe(from + 20));
      await offline.close();
    }
    const tabs = await Promise.all([1, 2, 3].map(() => open('dave', 'sharing')));
    await soon(() => expect(heard).toEqual(Array.from({ length: 40 }, (_, at) => at)));
    for (const tab of tabs) await tab.evaluate('client.connected()');
    const roles = await Promise.all(tabs.map((tab) => tab.evaluate('role')));
    expect(roles.toSorted()).toEqual(['follower', 'follower', 'leader']);
    const response = await fetch(`${emulator.httpUrl}/users/dave/connections`);
    expect(((await response.json()) as { readonly connections: readonly unknown[] }).connections).toHaveLength(1);

    const leader = tabs[roles.indexOf('leader')] as Page;
    await leader.evaluate('write(100, 150)');
    await leader.close();
    const others = tabs.filter((tab) => tab !== leader);
    for (const [at, tab] of others.entries()) await tab.evaluate(`write(${200 + 100 * at}, ${220 + 100 * at})`);
    await soon(async () => expect(await stored(others[0] as Page)).toBe(0));
    const of = (from: number) => heard.filter((data) => Number(data) >= from && Number(data) < from + 100);
    await soon(() => expect([of(200).length, of(300).length]).toEqual([20, 20]));
    for (const from of [100, 200, 300]) expect(of(from)).toEqual(Array.from(of(from), (_, at) => from + at));
    for (const tab of others) expect(await tab.evaluate('errors')).toEqual([]);
    await context.close();
  });

  it('hears what it missed while it was closed', async () => {
    context = await browser.newContext();
    const first = await open('bob');
    await first.evaluate('client.connected()');
    await listener.broadcast('note:1', 'one');
    await soon(async () => expect(await first.evaluate('heard')).toEqual(['one']));
    // Where it stands is stored within a second or two.
    const position = /\] positions .*note:1/;
    await soon(async () => expect(await lines(first)).toContainEqual(expect.stringMatching(position)));
    await first.close();
    await listener.broadcast('note:1', 'two');
    await listener.broadcast('note:2', 'three');
    const second = await open('bob');
    await soon(async () => expect((await second.evaluate<string[]>('heard')).toSorted()).toEqual(['three', 'two']));
    await context.close();
  });

  it('keeps what is one user’s from another', async () => {
    context = await browser.newContext();
    const alice = await open('alice', 'offline');
    await alice.evaluate('write(0, 3)');
    await soon(async () => expect(await stored(alice)).toBe(3));
    const bob = await open('bob');
    expect(await bob.evaluate('client.connected().then(() => client.pending())')).toEqual([]);
    expect(await stored(bob)).toBe(3);
    await context.close();
  });
});
