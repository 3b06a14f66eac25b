import { expect, it } from 'vitest';
import { Browser, type Opened } from './storage/browser.ts';
import { StorageRun } from './storage/run.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

const sharing = (): Browser => {
  const browser = new Browser();
  browser.isSharing = true;
  return browser;
};

const write = ({ client }: Opened, ...all: readonly number[]): void => {
  for (const data of all) client.broadcast('a', data).catch(() => undefined);
};

const dataOf = (browser: Browser): readonly unknown[] => browser.history.log.map(({ data }) => data);

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, at) => from + at);

/** Pages that are open and connected, the leading one first. */
const openAll = async (browser: Browser, count: number): Promise<readonly Opened[]> => {
  const all: Opened[] = [];
  for (let n = 0; n < count; n++) {
    all.push(browser.open());
    await browser.clock.advance(MINUTE / 10);
  }
  expect(all.map(({ role }) => role())).toEqual(['leader', ...range(1, count).map(() => 'follower')]);
  return all;
};

const openSockets = ({ service }: Browser): number => service.sockets.filter(({ state }) => state === 'open').length;

it('tabs that share a connection each send their own writes, once and in order', async () => {
  const browser = sharing();
  const all = await openAll(browser, 3);
  for (const [tab, opened] of all.entries()) write(opened, ...range(100 * tab, 100 * tab + 10));
  await browser.clock.advance(MINUTE);
  for (const tab of all.keys()) {
    const own = dataOf(browser).filter((data) => Math.floor(Number(data) / 100) === tab);
    expect(own).toEqual(range(100 * tab, 100 * tab + 10));
  }
  expect([openSockets(browser), browser.stored, browser.history.problems]).toEqual([1, [], []]);
});

it('what the tab that led could not send is sent by another once it is killed, and once it is thawed if it was frozen', async () => {
  const browser = sharing();
  const [first, second, third] = (await openAll(browser, 3)) as [Opened, Opened, Opened];
  browser.goOffline();
  write(first, 1, 2);
  write(second, 10);
  await browser.clock.advance(MINUTE);
  first.page.kill();
  browser.goOnline();
  await browser.clock.advance(MINUTE);
  expect(dataOf(browser).toSorted()).toEqual([1, 10, 2]);
  expect([...second.sent, ...third.sent].map(({ data }) => data)).toEqual([1, 2]);

  const [leader, other] = second.role() === 'leader' ? [second, third] : [third, second];
  browser.goOffline();
  write(leader, 3, 4);
  await browser.clock.advance(MINUTE);
  leader.page.freeze();
  browser.goOnline();
  await browser.clock.advance(5 * MINUTE);
  expect([other.role(), dataOf(browser).length]).toEqual(['leader', 3]);
  leader.page.thaw();
  await browser.clock.advance(5 * MINUTE);
  expect(dataOf(browser).slice(3)).toEqual([3, 4]);
  expect([openSockets(browser), browser.stored, browser.history.problems]).toEqual([1, [], []]);
});

it('what a tab left that is gone is sent by another soon, though its own connection went on', async () => {
  const browser = sharing();
  const [first, second] = (await openAll(browser, 2)) as [Opened, Opened];
  write(second, 1);
  // It is stored, and on its way to the tab that leads.
  for (let step = 0; step < 100 && browser.stored.length === 0; step++) await browser.clock.advance(1);
  second.page.kill();
  expect([dataOf(browser), browser.stored.length]).toEqual([[], 1]);
  await browser.clock.advance(2 * MINUTE);
  expect([dataOf(browser), first.sent.length, browser.stored]).toEqual([[1], 1, []]);
});

it('what was written without a network for three days is sent once and in order by two tabs that are opened at once', async () => {
  const browser = sharing();
  browser.goOffline();
  for (let page = 0; page < 3; page++) {
    const opened = browser.open();
    write(opened, ...range(10 * page, 10 * page + 10));
    await browser.clock.advance(MINUTE);
    opened.page.kill();
  }
  await browser.clock.advance(3 * DAY);
  browser.goOnline();
  const both = [browser.open(), browser.open()];
  await browser.clock.advance(5 * MINUTE);
  expect(dataOf(browser)).toEqual(range(0, 30));
  expect(both.flatMap(({ sent }) => sent).length).toBe(30);
  expect([openSockets(browser), browser.stored, browser.history.problems]).toEqual([1, [], []]);
});

it('and so is what two pages wrote one after the other, of which the second came before the first was gone', async () => {
  const browser = sharing();
  browser.goOffline();
  const first = browser.open();
  write(first, ...range(0, 10));
  await browser.clock.advance(MINUTE);
  first.page.freeze();
  const second = browser.open();
  await browser.clock.advance(10);
  first.page.kill();
  await browser.clock.advance(MINUTE);
  write(second, ...range(10, 20));
  await browser.clock.advance(MINUTE);
  second.page.kill();
  await browser.clock.advance(3 * DAY);
  browser.goOnline();
  const both = [browser.open(), browser.open()];
  await browser.clock.advance(5 * MINUTE);
  expect(dataOf(browser)).toEqual(range(0, 20));
  expect(both.flatMap(({ sent }) => sent).length).toBe(20);
});

it('a tab of another user has a connection and writes of its own', async () => {
  const browser = sharing();
  const [alice] = (await openAll(browser, 1)) as [Opened];
  const bob = browser.open({ as: 'bob' });
  await browser.clock.advance(MINUTE);
  browser.goOffline();
  write(alice, 1);
  write(bob, 2);
  await browser.clock.advance(MINUTE);
  bob.page.kill();
  browser.goOnline();
  await browser.clock.advance(5 * MINUTE);
  expect([dataOf(browser), browser.stored.length, alice.errors]).toEqual([[1], 1, []]);
  const again = browser.open({ as: 'bob' });
  await browser.clock.advance(5 * MINUTE);
  expect([dataOf(browser), again.role(), again.errors, browser.stored]).toEqual([[1, 2], 'leader', [], []]);
  expect(openSockets(browser)).toBe(2);
});

it('many writes are sent by the tab that finds them, in order, while others write', async () => {
  const browser = sharing();
  browser.goOffline();
  const first = browser.open();
  write(first, ...range(0, 500));
  await browser.clock.advance(MINUTE);
  expect(browser.stored.length).toBe(500);
  first.page.kill();
  browser.goOnline();
  const [second, third] = [browser.open(), browser.open()];
  write(third, 500);
  write(second, 501);
  await browser.clock.advance(5 * MINUTE);
  expect(dataOf(browser).filter((data) => Number(data) < 500)).toEqual(range(0, 500));
  expect([dataOf(browser).length, browser.stored, browser.history.problems]).toEqual([502, [], []]);
});

it('no run of tabs that share a connection publishes a write twice, out of order, or loses one', async () => {
  let written = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const { problems, ...outcome } = await new StorageRun(seed, 3, true).play(60);
    expect(problems, `seed ${seed}`).toEqual([]);
    written += outcome.written;
  }
  expect(written).toBeGreaterThan(500);
});
