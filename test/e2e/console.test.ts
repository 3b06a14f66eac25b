import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import amqp from 'amqplib';
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ownBroker } from '../own-broker.ts';
import { SECRET, tokenFor } from '../tokens.ts';
import { violationsIn } from './accessibility.ts';
import { startChromium } from './chromium.ts';
import { Client } from './client.ts';
import { type RunningEmulator, startEmulator } from './emulator.ts';

const SCREENSHOTS = fileURLToPath(new URL('../../.local/screenshots/', import.meta.url));
const WIDE = { width: 1280, height: 900 };
/** What the page is looked at with: a phone, a small window, a desk. */
const SIZES = [
  { width: 400, height: 844 },
  { width: 800, height: 900 },
  { width: 1440, height: 900 },
];
const VIEWS = ['overview', 'connections', 'limits', 'channels', 'tail', 'why', 'playground', 'matcher'];

/** Milliseconds to wait for anything: what is late on a busy machine is not wrong. */
const PATIENCE = 60_000;

describe('[O-11] the console, in Chromium', () => {
  let emulator: RunningEmulator;
  let browser: Browser;
  let page: Page;
  let clients: Client[] = [];
  /** What the browser complained of. */
  let complaints: string[] = [];
  /** Addresses it asked that are not the service's. */
  let strangers: string[] = [];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await startChromium();
    emulator = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      // Of a type that no other test sends so often.
      env: { REDIS_KEY_PREFIX: `e2e-${randomUUID()}:`, RATE_LIMIT_TYPES: 'unsubscribe=3' },
    });
  }, 300_000);
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
    await page?.context().close();
    expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
  });
  afterAll(async () => {
    await browser?.close();
    await emulator?.stop();
  });

  const open = async (
    view: string,
    { route, ...options }: Parameters<Browser['newContext']>[0] & { route?: (route: Route) => Promise<void> } = {},
    service = emulator,
  ): Promise<void> => {
    complaints = [];
    strangers = [];
    const context = await browser.newContext({ viewport: WIDE, ...options });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    if (route !== undefined) await page.route('**/metrics/past', route);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    const own = new Set([service.httpUrl, service.websocketUrl].map((url) => new URL(url).host));
    const note = (url: string) => {
      if (!own.has(new URL(url).host)) strangers.push(url);
    };
    page.on('request', (request) => note(request.url()));
    page.on('websocket', (socket) => note(socket.url()));
    await page.goto(`${service.httpUrl}/#/${view}`);
  };

  /** A client beside the console. */
  const bob = async (): Promise<Client> => {
    const client = await Client.connect(emulator.websocketUrl, 'bob');
    clients.push(client);
    return client;
  };
  const broadcast = async (client: Client, channel: string, data: unknown, more = {}): Promise<void> => {
    expect(await client.request({ type: 'broadcast', channel, data, ...more })).toMatchObject({ type: 'ack' });
  };

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const connect = async (user: string): Promise<void> => {
    await page.getByRole('textbox', { name: 'User' }).fill(user);
    await button('Connect').click();
    await page.locator('.state[data-state=connected]').waitFor();
  };
  const subscribe = async (text: string): Promise<void> => {
    await page.getByLabel('Channel or pattern').fill(text);
    await button('Subscribe').click();
    await page.getByText(`Subscribed to ${text}`, { exact: true }).waitFor();
  };
  /** The row of an event among those heard. */
  const heard = (channel: string, offset: number, how: string): Locator =>
    page.locator(`[aria-label="Events heard"] tr.${how}[data-channel="${channel}"][data-offset="${offset}"]`);

  it('[O-1] [O-6] says how the service is, and its charts move', async () => {
    await open('overview');
    for (const check of ['websocket', 'redis', 'rabbitmq', 'memory', 'eventLoop']) {
      await page.locator(`[data-check=${check}].works`).waitFor();
    }
    await page.locator('.health[data-status=healthy]').waitFor();

    const chart = page.getByRole('figure').filter({ has: page.getByRole('heading', { name: /^Published/ }) });
    const picture = () => chart.locator('canvas').screenshot();
    const appended = chart.getByText('events appended').locator('xpath=following-sibling::dd');
    await expect.poll(() => appended.textContent(), { timeout: PATIENCE }).toBe('0');
    const before = await picture();

    const publisher = await bob();
    let isDone = false;
    const publishing = (async () => {
      while (!isDone) await broadcast(publisher, 'chart:moves', null);
    })();
    await expect.poll(async () => Number(await appended.textContent()), { timeout: PATIENCE }).toBeGreaterThan(0);
    isDone = true;
    await publishing;
    await expect.poll(async () => (await picture()).equals(before)).toBe(false);
    await expect
      .poll(() => page.getByText('latency now, p95').locator('xpath=following-sibling::dd').textContent(), {
        timeout: PATIENCE,
      })
      .toMatch(/ms|s$/);
    await page.screenshot({ path: `${SCREENSHOTS}overview-moving.png`, fullPage: true });
  });

  it('[O-16] begins its charts with the past, by an address that can be sent', async () => {
    const past = async () => {
      const answer = await fetch(`${emulator.httpUrl}/metrics/past?user=admin`);
      return (await answer.json()) as { readonly points: readonly { readonly at: number }[] };
    };
    // A page is not looked at: the service makes points by itself.
    await expect.poll(async () => (await past()).points.length, { timeout: PATIENCE }).toBeGreaterThan(2);
    const { points } = await past();
    const times = points.map(({ at }) => at);
    expect(times).toEqual([...new Set(times)].sort((one, other) => one - other));
    const old = { at: Date.now() - 1_800_000, values: { connections: 77 } };
    await open('overview?span=hour', { route: async (route) => route.fulfill({ json: { points: [old, ...points] } }) });
    const chart = page.getByRole('figure').filter({ has: page.getByRole('heading', { name: /^Connections/ }) });
    await chart.locator('canvas').waitFor();
    expect(await page.getByLabel('The charts show').inputValue()).toBe('hour');
    // Where the pointer is, the legend says what was then.
    const open_ = chart.getByText('open', { exact: true }).locator('xpath=following-sibling::dd');
    const { x, y, width, height } = (await chart.locator('.u-over').boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    await expect
      .poll(async () => {
        await page.mouse.move(x + 1, y + height / 2);
        await page.mouse.move(x + width / 2, y + height / 2);
        return open_.textContent();
      })
      .toBe('77');
    await page.screenshot({ path: `${SCREENSHOTS}overview-hour.png`, fullPage: true });
    await page.getByLabel('The charts show').selectOption('minutes');
    expect(new URL(page.url()).hash).toBe('#/overview');
  });

  it('[R-1] hears what another client broadcasts, and after being offline what it missed, once and in order', async () => {
    await open('playground');
    await connect('alice');
    const channel = `task:${randomUUID().slice(0, 8)}`;
    await subscribe('task:*');
    const publisher = await bob();
    await broadcast(publisher, channel, { title: 'First' });
    await heard(channel, 1, 'live').waitFor();
    expect(await heard(channel, 1, 'live').textContent()).toMatch(/\{"title":"First"\}bob.*live, [\d.]+ m?s/);

    await button('Go offline').click();
    await page.locator('.state[data-state=offline]').waitFor();
    for (const title of ['Second', 'Third']) await broadcast(publisher, channel, { title });
    await button('Come back').click();
    await page.locator('.state[data-state=connected]').waitFor();
    for (const offset of [2, 3]) await heard(channel, offset, 'replay').waitFor();
    await broadcast(publisher, channel, { title: 'Fourth' });
    await heard(channel, 4, 'live').waitFor();

    const offsets = page.locator(`[aria-label="Events heard"] tr[data-channel="${channel}"]`);
    const found = await offsets.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-offset')));
    expect(found).toEqual(['4', '3', '2', '1']);
  });

  it('replays with filters, page by page', async () => {
    await open('playground');
    await connect('alice');
    const category = `c${randomUUID().slice(0, 8)}`;
    await subscribe(`${category}:**`);
    const publisher = await bob();
    await broadcast(publisher, `${category}:a`, 1, { priority: 'high' });
    await broadcast(publisher, `${category}:a`, 2, { priority: 'low' });
    await broadcast(publisher, `${category}:b`, 3, { priority: 'high' });
    await heard(`${category}:b`, 1, 'live').waitFor();

    await page.getByText('Replay', { exact: true }).first().click();
    const form = page.getByRole('form', { name: 'Replay' });
    await form.getByLabel('Categories').fill(category);
    await form.getByLabel('Priority').selectOption('high');
    await form.getByLabel('At most').fill('1');
    await form.getByRole('button').click();
    const rows = page.locator('[aria-label="Events replayed"] tbody tr');
    await page.getByText('1 event; nothing before its end is missing; there are more').waitFor();
    await button('More').click();
    await page.getByText('1 event; nothing before its end is missing; that is all').waitFor();
    const found = await rows.evaluateAll((all) => all.map((row) => row.getAttribute('data-channel')));
    expect(found).toEqual([`${category}:b`, `${category}:a`]);
  });

  it('[O-9] shows who is connected and what they are subscribed to', async () => {
    const publisher = await bob();
    await publisher.request({ type: 'subscribe', channels: ['memory:created'], patterns: ['user:*'] });
    await open('connections');
    const row = page.locator('tr[data-user=bob]');
    await row.getByText('user:*').waitFor();
    await row.getByText('memory:created').waitFor();
  });

  it('[O-9] finds the connections of a user and by what they hold, and closes them', async () => {
    const dave = await Client.connect(emulator.websocketUrl, 'dave');
    clients.push(dave);
    await dave.request({ type: 'subscribe', channels: ['found:here'] });
    await bob();
    await open('connections?user=dave');
    const rows = page.locator('.connections tbody tr');
    await page.getByText('found:here').waitFor();
    expect(await rows.count()).toBe(1);
    await page.getByLabel('User', { exact: true }).fill('');
    await button('Search').click();
    await page.locator('tr[data-user=bob]').waitFor();
    await page.getByLabel('On this page, with').fill('FOUND:');
    await page.locator('tr[data-user=bob]').waitFor({ state: 'detached' });
    expect(await rows.evaluateAll((all) => all.map((each) => each.getAttribute('data-user')))).toEqual(['dave']);
    await page.getByLabel('Show').selectOption('quiet');
    await page.getByText('None of these connections is like that.').waitFor();
    await page.getByLabel('Show').selectOption('all');

    await button('Disconnect dave').click();
    expect(await violationsIn(page)).toEqual([]);
    await button('Cancel').click();
    await page.locator('dialog').last().waitFor({ state: 'hidden' });
    expect(await rows.count()).toBe(1);
    await button('Disconnect dave').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page.getByText('1 connection of dave closed').waitFor();
    await page.locator('tr[data-user=dave]').waitFor({ state: 'detached' });
  });

  it('[O-17] shows whose limits are near and who is refused, and every limit of one user', async () => {
    const erin = await Client.connect(emulator.websocketUrl, 'erin');
    clients.push(erin);
    const leave = () => erin.request({ type: 'unsubscribe', channels: ['never:held'] });
    for (let i = 0; i < 3; i++) expect((await leave())['type']).not.toBe('error');
    expect(await leave()).toMatchObject({ error: { code: 'RATE_LIMIT_EXCEEDED' } });
    await open('limits');
    const row = page.locator('tr[data-user=erin][data-level=messageType]');
    await row.getByText('messages of the type unsubscribe and one connection').waitFor();
    expect(await row.getAttribute('data-state')).toBe('refuses');
    await row.getByText(/^refuses; lets pass again in/).waitFor();
    await row.getByText(/^(at|since) \d\d:\d\d:\d\d/).waitFor();
    await row.getByRole('link', { name: 'All its limits: erin' }).click();
    await page.locator('tr[data-level=stored]').waitFor();
    expect(new URL(page.url()).hash).toBe('#/limits?user=erin');
    const levels = page.locator('tr[data-user=erin]');
    expect(await levels.evaluateAll((all) => all.map((each) => each.getAttribute('data-level')))).toEqual([
      'user',
      'backend',
      'stored',
      'passing',
      'messageType',
    ]);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      expect(await violationsIn(page), String(size.width)).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}limits-of-one-${size.width}.png`, fullPage: true });
    }
  });

  it('[O-18] shows who hears a channel and by what, and which channels a pattern matches', async () => {
    const publisher = await bob();
    await publisher.request({ type: 'subscribe', patterns: ['found:*', '/found:(one|two)/', 'other:*'] });
    for (const name of ['one', 'two']) await broadcast(publisher, `found:${name}`, null);
    await open('channels?channel=found%3Aone');
    const heard = page.locator('[data-finder=channel]');
    const row = heard.locator('tr[data-user=bob]');
    await row.getByText('/found:(one|two)/', { exact: true }).waitFor();
    expect(await row.locator('.codes code').allTextContents()).toEqual(['/found:(one|two)/', 'found:*']);
    await page.getByLabel('Pattern', { exact: true }).fill('found:*');
    await page.keyboard.press('Enter');
    const channels = page.locator('[data-finder=pattern] tbody tr');
    await channels.nth(1).waitFor();
    expect(await channels.evaluateAll((all) => all.map((each) => each.getAttribute('data-channel')))).toEqual([
      'found:one',
      'found:two',
    ]);
    expect(new URL(page.url()).hash).toBe('#/channels?pattern=found%3A*');
    for (const size of SIZES) {
      await page.setViewportSize(size);
      expect(await violationsIn(page), String(size.width)).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}channels-found-${size.width}.png`, fullPage: true });
    }
    await page.getByRole('link', { name: 'Who hears it: found:two' }).click();
    await heard.getByRole('textbox').and(page.locator('[name=channel]')).waitFor();
    await expect.poll(() => heard.locator('input').inputValue()).toBe('found:two');
    await page.getByLabel('Channel', { exact: true }).fill('nobody:here');
    await page.keyboard.press('Enter');
    await page.getByText('Nobody hears nobody:here').waitFor();
    await page.getByLabel('Pattern', { exact: true }).fill('/(/');
    await page.keyboard.press('Enter');
    await page.getByText(/answered 400/).waitFor();
    complaints = complaints.filter((text) => !text.includes('status of 400'));
  });

  it('[O-9] tells by the gateway which of those that are quiet are gone', async () => {
    const bobs = await bob();
    await bobs.request({ type: 'subscribe', channels: ['quiet:here'] });
    const made = { seenAt: Date.now() - 3_600_000 };
    await open('overview');
    await page.route('**/connections?*', async (route) => {
      const answer = await route.fetch();
      const list = (await answer.json()) as { connections: object[] };
      const connections = list.connections.map((each) => ({ ...each, ...made }));
      const ghost = { ...connections[0], id: 'a-ghost', user: 'bob' };
      const isOfOne = route.request().url().includes('/users/');
      const all = isOfOne ? [...connections, { ...ghost, there: 'gone' }] : [...connections, ghost];
      await route.fulfill({ response: answer, json: { ...list, connections: all } });
    });
    await page.getByRole('link', { name: 'Connections' }).click();
    const rows = page.locator('tr[data-user=bob]');
    await rows.first().getByText('quiet for 1 h: it may be gone').waitFor();
    await rows.first().getByRole('button', { name: 'Look for it: bob' }).click();
    // The one that is connected, the gateway has.
    await rows.getByText('quiet for 1 h: it is there').waitFor();
    await rows.getByText('quiet for 1 h: it is gone, and is removed within minutes').waitFor();
    await page.getByText('Of 2 connections of bob, 1 gone').waitFor();
    for (const size of SIZES) {
      await page.setViewportSize(size);
      expect(await violationsIn(page), String(size.width)).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}connections-ghosts-${size.width}.png`, fullPage: true });
    }
    await page.unroute('**/connections?*');
  });

  it('shows first what is wrong, with where one sees more', async () => {
    const slow = async (route: Route) => {
      const answer = await route.fetch();
      const metrics = (await answer.json()) as Record<string, { samples: unknown[] }>;
      metrics['rabbitmq_shard_lag']?.samples.push({ dimensions: { queue: 'events.9' }, value: 12_000 });
      await route.fulfill({ response: answer, json: metrics });
    };
    await open('overview');
    await page.locator('.health[data-status=healthy]').waitFor();
    const wrong = page.getByRole('region', { name: 'What is wrong' });
    expect(await wrong.isVisible()).toBe(false);
    await page.route('**/metrics?format=json', slow);
    await wrong.getByText('The shard events.9 is slow: its oldest message waited 12 s.').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}overview-wrong.png`, fullPage: true });
    await wrong.getByRole('link', { name: 'See which channel is busy' }).click();
    await page.getByText('Listening to **', { exact: true }).waitFor();
    await page.unroute('**/metrics?format=json');
  });

  it('[O-15] shows what was parked and why first, puts it back, and drops it', async () => {
    await open('overview');
    await page.locator('.health[data-status=healthy]').waitFor();
    const parked = page.getByRole('region', { name: 'Parked messages' });
    expect(await parked.isVisible()).toBe(false);
    const broker = await amqp.connect(ownBroker());
    const wire = await broker.createConfirmChannel();
    wire.publish('events', '', Buffer.from('<b>not</b> json'), { headers: { channel: 'parked:here' } });
    await wire.waitForConfirms();
    await broker.close();
    const row = parked.locator('li[data-parked]');
    await row.locator('.reason').getByText(/JSON/).waitFor();
    await row.getByRole('link', { name: 'parked:here' }).waitFor();
    await row.getByText('Content').click();
    await row.getByText('<b>not</b> json', { exact: true }).waitFor();
    for (const size of SIZES) {
      await page.setViewportSize(size);
      expect(await violationsIn(page), String(size.width)).toEqual([]);
      await page.screenshot({ path: `${SCREENSHOTS}overview-parked-${size.width}.png`, fullPage: true });
    }
    // It is parked anew then, since it still is no JSON.
    const first = await row.getAttribute('data-parked');
    await row.getByRole('button', { name: /^Put back/ }).click();
    await page.getByText('It is put back.').waitFor();
    await page.locator(`li[data-parked="${first}"]`).waitFor({ state: 'detached' });
    await row.waitFor();
    await row.getByRole('button', { name: /^Drop/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drop', exact: true }).click();
    await parked.waitFor({ state: 'hidden' });
  });

  it('tells which pattern matches which channel, and what a mistake is', async () => {
    await open('matcher');
    await page.getByLabel('Patterns').fill('user:*:settings\nuser:**\nuser:a**\n/user:\\d+/');
    await page.getByLabel('Channels').fill('user:42:settings');
    const verdicts = page.locator('[data-channel="user:42:settings"] [data-verdict]');
    await expect
      .poll(() => verdicts.evaluateAll((all) => all.map((each) => each.getAttribute('data-verdict'))))
      .toEqual(['matches', 'matches', 'refused', 'fails']);
    expect(await verdicts.nth(0).textContent()).toContain('“*” stands for “42”');
  });

  it('is used with the keyboard alone', async () => {
    await open('overview');
    await page.locator('.health[data-status=healthy]').waitFor();
    /** Presses Tab until something is focused; it is an error where it cannot be got to. */
    const tabTo = async (target: Locator): Promise<void> => {
      for (let pressed = 0; pressed < 60; pressed++) {
        if ((await target.and(page.locator(':focus')).count()) === 1) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not get to ${target}`);
    };
    const type = async (target: Locator, text: string): Promise<void> => {
      await tabTo(target);
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
    };
    await tabTo(page.getByRole('link', { name: 'Playground' }));
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'User' }).waitFor();
    await type(page.getByRole('textbox', { name: 'User' }), 'carol');
    await page.locator('.state[data-state=connected]').waitFor();
    await type(page.getByLabel('Channel or pattern'), 'keys:*');
    await page.getByText('Subscribed to keys:*', { exact: true }).waitFor();
    await type(page.getByRole('form', { name: 'Broadcast' }).getByLabel('Channel'), 'keys:pressed');
    await heard('keys:pressed', 1, 'live').waitFor();
    await tabTo(button('Go offline'));
    await page.keyboard.press('Space');
    await page.locator('.state[data-state=offline]').waitFor();
  });

  it.each(['light', 'dark'] as const)('is readable by everyone in %s, at every width', async (colorScheme) => {
    await open('playground', { colorScheme });
    await connect('alice');
    await subscribe('task:**');
    const publisher = await bob();
    await broadcast(publisher, 'task:opened', { title: 'Hello, alice' });
    await page.locator('tr.live').first().waitFor();
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const { width } = size;
      for (const view of VIEWS) {
        await page.locator(`nav a[href="#/${view}"]`).click();
        await page.locator(`[data-view=${view}]`).waitFor();
        if (view === 'connections') await page.locator('tr[data-user=alice]').waitFor();
        await page.screenshot({ path: `${SCREENSHOTS}${view}-${width}-${colorScheme}.png`, fullPage: true });
        // Nothing is wider than the page: what is, scrolls within itself.
        const root = 'document.documentElement';
        const overflow = await page.evaluate<number>(`${root}.scrollWidth - ${root}.clientWidth`);
        expect(overflow, `${view} ${width}`).toBe(0);
        expect(await violationsIn(page), `${view} ${width}`).toEqual([]);
      }
    }
    await button('Key').click();
    await page.getByRole('textbox', { name: 'Key' }).waitFor();
    expect(await violationsIn(page), 'key').toEqual([]);
  });

  it('has two clients side by side, each of which can be read', async () => {
    await open('playground', { viewport: { width: 1440, height: 900 } });
    await button('Add a client').click();
    const panes = page.locator('.pane');
    for (const [i, user] of ['alice', 'bob'].entries()) {
      const pane = panes.nth(i);
      await pane.getByRole('textbox', { name: 'User' }).fill(user);
      await pane.getByRole('button', { name: 'Connect', exact: true }).click();
      await pane.locator('.state[data-state=connected]').waitFor();
      await pane.getByLabel('Channel or pattern').fill('side:**');
      await pane.getByRole('button', { name: 'Subscribe', exact: true }).click();
      await pane.getByText('Subscribed to side:**', { exact: true }).waitFor();
    }
    await broadcast(await bob(), 'side:by-side', { title: 'A title that is neither long nor short' });
    const [left, right] = await Promise.all([0, 1].map((i) => panes.nth(i).boundingBox()));
    expect(right?.y).toBe(left?.y);
    expect(right?.x).toBeGreaterThan((left?.x ?? 0) + (left?.width ?? 0));
    for (const i of [0, 1]) {
      const channel = panes.nth(i).locator('tr.live .channel');
      await channel.waitFor();
      // A line of its text, not one for each of its letters.
      expect((await channel.boundingBox())?.height).toBeLessThan(30);
    }
    await page.screenshot({ path: `${SCREENSHOTS}playground-two-clients.png`, fullPage: true });
  });

  it('sends no data that is not JSON, and says so', async () => {
    await open('playground');
    await connect('alice');
    await subscribe('typed:*');
    const form = page.getByRole('form', { name: 'Broadcast' });
    const data = form.getByLabel('Data, as JSON');
    await form.getByLabel('Channel').fill('typed:data');
    await data.fill('{"title": Hello}');
    await form.getByRole('button').click();
    await form.getByText('Not JSON: ').waitFor();
    expect(await data.getAttribute('aria-invalid')).toBe('true');
    await data.fill('"Hello"');
    await form.getByText('Not JSON: ').waitFor({ state: 'detached' });
    await form.getByRole('button').click();
    // The first of its channel: what was no JSON went nowhere.
    await heard('typed:data', 1, 'live').waitFor();
    expect(await heard('typed:data', 1, 'live').textContent()).toContain('"Hello"');
  });

  it('says so while metrics cannot be read, and goes on when they can', async () => {
    await open('overview');
    await page.locator('.health[data-status=healthy]').waitFor();
    await page.route('**/metrics*', (route) => route.abort());
    const notice = page.getByText(/^No metrics since .+: The service does not answer\./);
    await notice.waitFor();
    // It is asked again and again, and said once.
    await page.waitForTimeout(3_000);
    expect(await notice.count()).toBe(1);
    await page.unroute('**/metrics*');
    await notice.waitFor({ state: 'hidden' });
    // The browser reports what was cut off on purpose.
    complaints = complaints.filter((text) => !text.includes('net::ERR_FAILED'));
  });

  it('says once, and since when, that the service is away', async () => {
    await open('overview');
    await page.locator('.health[data-status=healthy]').waitFor();
    for (const path of ['**/health', '**/metrics*']) await page.route(path, (route) => route.abort());
    const notice = page.getByText(/^The service has not answered since \d\d:\d\d:\d\d\./);
    await notice.waitFor();
    const said = await notice.textContent();
    await page.getByText(/^No metrics/).waitFor({ state: 'hidden' });
    await page.waitForTimeout(6_000);
    expect(await notice.textContent()).toBe(said);
    expect(
      await page
        .getByText(/answer/)
        .and(page.locator(':visible'))
        .count(),
    ).toBe(1);
    await page.screenshot({ path: `${SCREENSHOTS}overview-away.png`, fullPage: true });
    for (const path of ['**/health', '**/metrics*']) await page.unroute(path);
    await notice.waitFor({ state: 'hidden' });
    complaints = complaints.filter((text) => !text.includes('net::ERR_FAILED'));
  });

  it('hears any channel as it is published to, by an address that can be sent', async () => {
    await open('tail?pattern=tailed%3A*');
    await page.getByText('Listening to tailed:*', { exact: true }).waitFor();
    await broadcast(await bob(), 'tailed:one', { title: 'Heard' });
    await page.locator('[aria-label=Events] tr.live[data-channel="tailed:one"]').waitFor();
    await button('Stop').click();
    await page.getByText('Not listening any more').waitFor();
    await page.getByLabel('Channel or pattern').fill('/(/');
    await button('Listen').click();
    await page.getByText(/^INVALID_PATTERN: /).waitFor();
    await button('Listen').waitFor();
    // It is given up while it connects.
    complaints = complaints.filter((text) => !text.includes('closed before the connection is established'));
  });

  it('[O-9] says why a user does not hear a channel, and by an address that can be sent', async () => {
    const publisher = await bob();
    await publisher.request({ type: 'subscribe', channels: ['news'] });
    await open('why?user=bob&channel=task%3Aopened');
    await page.locator('[data-hears=false]').getByText('none of its subscriptions matches: news').waitFor();
    await publisher.request({ type: 'subscribe', patterns: ['task:*'] });
    await button('Ask').click();
    await page.locator('[data-hears=true]').getByText('it is subscribed to task:*').waitFor();
    await page.getByLabel('User').fill('nobody');
    await button('Ask').click();
    await page.getByText('This user has no connection').waitFor();
    expect(new URL(page.url()).hash).toBe('#/why?user=nobody&channel=task%3Aopened');
    await page.goBack();
    await page.goForward();
    await page.getByLabel('Channel').fill('not a channel');
    await button('Ask').click();
    await page.getByText(/answered 400/).waitFor();
    complaints = complaints.filter((text) => !text.includes('status of 400'));
  });

  it('[H-1] asks for the administrator’s key where one is needed, and shows what it opens', async () => {
    const key = 'the key of this test alone';
    const guarded = await startEmulator({
      redisUrl: inject('redisUrl'),
      rabbitmqUrl: ownBroker(),
      env: {
        REDIS_KEY_PREFIX: `e2e-${randomUUID()}:`,
        // Queues of its own: the other service beside it would take its events.
        RABBITMQ_GENERATION: '2',
        AUTH_MODE: 'jwt',
        AUTH_JWT_SECRET: SECRET,
        ADMIN_KEY: key,
      },
    });
    try {
      await open('overview', {}, guarded);
      await page.locator('.health[data-status=healthy]').waitFor();
      await page.getByText(/^No metrics since .+: This takes an administrator’s key\./).waitFor();
      const type = async (text: string): Promise<void> => {
        await page.getByRole('button', { name: /^Key/ }).click();
        await page.getByRole('textbox', { name: 'Key' }).fill(text);
        await button('Use').click();
      };
      await type('not the key of anything');
      await page.getByText(/^No metrics since .+: The key is not accepted\./).waitFor();
      await type(key);
      await page.getByText('No metrics').waitFor({ state: 'hidden' });
      await page.getByRole('link', { name: 'Connections' }).click();
      await page.getByText('Nobody is connected.').waitFor();
      await page.getByRole('link', { name: 'Playground' }).click();

      // The playground, under the grants of a token; which is not shown.
      const token = page.getByLabel('Token');
      await token.waitFor();
      expect(await token.getAttribute('type')).toBe('password');
      await token.fill('not.a.token');
      await button('Connect').click();
      // Tried again and again, it is one row that counts.
      await page.getByText(/No connection \(1006.*\(\d+ times since/).waitFor();
      expect(await page.getByText('No connection (1006').count()).toBe(1);
      await button('Disconnect').click();
      const channels = { subscribe: ['task:*'], publish: ['task:opened'] };
      await token.fill(await tokenFor('dora', { channels }));
      await button('Connect').click();
      await page.locator('.state[data-state=connected]').waitFor();
      await page.getByText('Connected as dora').waitFor();
      await subscribe('task:*');
      const form = page.getByRole('form', { name: 'Broadcast' });
      await form.getByLabel('Channel').fill('task:opened');
      await form.getByRole('button').click();
      await heard('task:opened', 1, 'live').waitFor();
      await page.getByLabel('Channel or pattern').fill('**');
      await button('Subscribe').click();
      await page.getByText('FORBIDDEN: No grant lets you subscribe to "**"').first().waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}playground-token.png`, fullPage: true });
    } finally {
      await page.context().close();
      await guarded.stop();
    }
    // Who disconnects may close a socket that was just being opened again.
    const expected = /status of 40[13]|response code: 403|closed before the connection is established/;
    complaints = complaints.filter((text) => !expected.test(text));
  });
});
