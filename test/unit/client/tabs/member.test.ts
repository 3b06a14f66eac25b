import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocketLike } from '../../../../client/src/index.ts';
import { PageSigns } from '../page-signs.ts';
import { Browser, type Opened } from './browser.ts';

const SECOND = 1_000;
/** Milliseconds until nothing is to happen any more by itself. */
const CALM = 10 * SECOND;

/** What pages are told of: of each alone, in the order in which they began to listen. */
let signs: PageSigns;

beforeEach(() => {
  signs = new PageSigns().stub();
});
afterEach(() => void vi.unstubAllGlobals());

const openOf = ({ page }: Opened): readonly string[] => [...page.open.values()];

const openMany = async (browser: Browser, count: number): Promise<readonly Opened[]> => {
  const tabs: Opened[] = [];
  for (let n = 0; n < count; n++) tabs.push(await browser.open());
  return tabs;
};

/** Tells a tab that it is about to be frozen. */
const tellFrozen = (nth: number): void => signs.tell('freeze', nth);

describe('a tab whose last client is closed', () => {
  const ways: readonly (readonly [string, (browser: Browser, tab: Opened, nth: number) => void])[] = [
    ['is closed', (_, { socket }) => socket.close()],
    ['is told that it is about to be frozen', (_browser, _tab, nth) => tellFrozen(nth)],
  ];
  const cases = ways.flatMap(([name, end]) => [
    { name, end, tabs: 1, nth: 0, role: 'leader' },
    { name, end, tabs: 3, nth: 0, role: 'leader' },
    { name, end, tabs: 3, nth: 2, role: 'follower' },
  ]);

  it.each(cases)('has nothing open any more: the $role of $tabs, which $name', async ({ end, tabs, nth, role }) => {
    const browser = new Browser();
    const all = await openMany(browser, tabs);
    const tab = all[nth] as Opened;
    expect(tab.roles).toEqual([role]);
    const listening = signs.size;
    expect(listening).toBe(tabs);
    expect(openOf(tab)).not.toEqual([]);
    end(browser, tab, nth);
    await browser.clock.advance(CALM);
    expect(openOf(tab)).toEqual([]);
    expect(signs.size).toBeLessThan(listening);
    expect(tab.states).toHaveLength(2);
    // And is told nothing more.
    expect(tab.roles).toEqual([role]);
  });

  it('has the connection closed that it had', async () => {
    const browser = new Browser();
    const { socket } = await browser.open();
    socket.close();
    await browser.clock.advance(100);
    expect(browser.connections.map(({ end }) => end.state)).toEqual(['closed']);
  });

  it.each(['alone', 'beside another'])('has nothing open from then on where that was just made, %s', async (how) => {
    const browser = new Browser();
    const tab = await browser.open();
    if (how === 'alone') tab.socket.close();
    const made = tab.again();
    tab.socket.close();
    made.close();
    await browser.clock.advance(100);
    expect(openOf(tab)).toEqual([]);
  });

  it('does not lead where it would be the next', async () => {
    const browser = new Browser();
    const [leader, second, third] = (await openMany(browser, 3)) as [Opened, Opened, Opened];
    second.socket.close();
    leader.socket.close();
    await browser.clock.advance(100);
    expect(second.roles).toEqual(['follower']);
    third.again();
    await browser.clock.advance(100);
    expect(third.roles).toEqual(['follower', 'leader']);
  });

  it('has a new name where its client connects once more', async () => {
    const browser = new Browser();
    const tab = await browser.open();
    tab.socket.close();
    await browser.clock.advance(CALM);
    tab.again();
    await browser.clock.advance(100);
    expect(tab.roles).toEqual(['leader', 'leader']);
    expect(openOf(tab)).not.toEqual([]);
  });
});

describe('a tab whose connection ended', () => {
  it('is one for two seconds more, in which its client makes another', async () => {
    const browser = new Browser();
    const tab = await browser.open();
    browser.connections[0]?.end.shut(1001);
    expect(tab.states).toEqual(['open', 1001]);
    await browser.clock.advance(1_900);
    expect(openOf(tab)).not.toEqual([]);
    tab.again();
    await browser.clock.advance(CALM);
    // It leads still: nobody had to be asked for that again.
    expect(tab.roles).toEqual(['leader']);
    expect(browser.connections).toHaveLength(2);
  });

  it('is none any more after these', async () => {
    const browser = new Browser();
    const tab = await browser.open();
    browser.connections[0]?.end.shut(1001);
    await browser.clock.advance(2_100);
    expect(openOf(tab)).toEqual([]);
    expect(signs.size).toBe(0);
  });
});

describe('a tab that is told that it is about to be frozen', () => {
  it('has its client wait a while, and others lead at once', async () => {
    const browser = new Browser();
    const [leader, follower] = (await openMany(browser, 2)) as [Opened, Opened];
    tellFrozen(0);
    expect(leader.states).toEqual(['open', 1006]);
    expect(browser.connections[0]?.end.state).toBe('closed');
    leader.page.freeze();
    follower.again();
    await browser.clock.advance(200);
    expect(follower.roles).toEqual(['follower', 'leader']);
  });
});

describe('a client that makes two sockets at once', () => {
  it.each([
    ['leads', 0, 3],
    ['follows', 1, 1],
  ])('has each opened once, where its tab %s', async (_, nth, connections) => {
    const browser = new Browser();
    const tabs = await openMany(browser, 2);
    const opened = [1, 2].map(() => tabs[nth]?.again() as WebSocketLike);
    const states: string[] = [];
    for (const socket of opened) socket.onopen = () => void states.push('open');
    await browser.clock.advance(500);
    expect(states).toEqual(['open', 'open']);
    expect(browser.connections).toHaveLength(connections);
  });
});

describe('a leader that connects once more', () => {
  it.each([
    ['later', 0],
    ['later, by a clock that was set back meanwhile', -3_600_000],
  ])('has the others go over to the connection that it made %s', async (_, setBack) => {
    const browser = new Browser();
    let shift = 0;
    const { clock } = browser;
    const own = { now: () => clock.now() + shift, random: () => clock.random(), after: clock.after.bind(clock) };
    const leader = await browser.open(undefined, undefined, { clock: own });
    const follower = await browser.open();
    shift = setBack;
    leader.again();
    await clock.advance(100);
    expect(follower.states).toEqual(['open', 4012]);
    const socket = follower.again();
    const heard: unknown[] = [];
    socket.onmessage = ({ data }: { data: string }) => void heard.push(data);
    await clock.advance(100);
    const event = '{"type":"event","channel":"a","offset":1,"data":1}';
    await browser.say(event);
    expect(heard).toEqual([event]);
  });
});

describe('a leader whose next connection does not open', () => {
  it('keeps those on the last who are there', async () => {
    const browser = new Browser();
    const [leader, follower] = (await openMany(browser, 2)) as [Opened, Opened];
    browser.isTaking = false;
    const socket = leader.again();
    await browser.clock.advance(20 * SECOND);
    socket.close();
    await browser.clock.advance(100);
    expect(browser.connections.map(({ end }) => end.state)).toEqual(['open', 'closed']);
    expect([leader.states, follower.states]).toEqual([['open'], ['open']]);
    browser.connections[0]?.end.say('{"type":"event","channel":"a","offset":1,"data":1}');
    await browser.clock.advance(100);
    expect(follower.heard).toHaveLength(1);
  });
});

describe('a page that may use no locks', () => {
  it('has a connection of its own, and nothing open beside', async () => {
    const browser = new Browser();
    const locks = { request: () => Promise.reject(new DOMException('No', 'SecurityError')) };
    const tab = await browser.open(undefined, undefined, { locks });
    expect([tab.roles, tab.states]).toEqual([['alone'], [4012]]);
    await browser.clock.advance(CALM);
    expect([openOf(tab), signs.size]).toEqual([[], 0]);
    tab.again();
    await browser.clock.advance(100);
    expect(browser.connections).toHaveLength(1);
    expect(openOf(tab)).toEqual([]);
    // It was told once.
    expect(tab.roles).toEqual(['alone']);
  });
});

describe('a leader that is frozen without a word', () => {
  const SEEDS = Array.from({ length: 20 }, (_, seed) => seed + 1);

  it.each(SEEDS)('is replaced once it was silent for five seconds, a fifth less or more (seed %i)', async (seed) => {
    const browser = new Browser(seed);
    const [leader, follower] = (await openMany(browser, 2)) as [Opened, Opened];
    leader.page.freeze();
    // What it had to say is heard by then.
    await browser.clock.advance(4 * SECOND - 200);
    expect(follower.roles).toEqual(['follower']);
    await browser.clock.advance(2.4 * SECOND);
    expect(follower.roles).toEqual(['follower', 'leader']);
  });

  it.each(SEEDS)('is not where it thaws before: it says so when it is asked (seed %i)', async (seed) => {
    const browser = new Browser(seed);
    const [leader, follower] = (await openMany(browser, 2)) as [Opened, Opened];
    for (let times = 0; times < 5; times++) {
      leader.page.freeze();
      await browser.clock.advance(3 * SECOND);
      leader.page.thaw();
      await browser.clock.advance(100);
    }
    expect([leader.roles, follower.roles]).toEqual([['leader'], ['follower']]);
    expect([leader.states, follower.states]).toEqual([['open'], ['open']]);
  });

  it('is given time to answer, also by a tab whose timers are late and come all at once', async () => {
    const browser = new Browser();
    const { clock } = browser;
    const due = new Set<() => void>();
    const own = {
      now: () => clock.now(),
      random: () => clock.random(),
      after: (duration: number, task: () => void) => {
        const once = () => {
          if (due.delete(once)) task();
        };
        due.add(once);
        const stop = clock.after(duration, once);
        return () => {
          due.delete(once);
          stop();
        };
      },
    };
    const leader = await browser.open();
    const follower = await browser.open(undefined, undefined, { clock: own });
    leader.page.freeze();
    for (let looks = 0; looks < 10; looks++) for (const each of [...due]) each();
    await clock.advance(2_000);
    leader.page.thaw();
    await clock.advance(CALM);
    expect([leader.roles, follower.roles]).toEqual([['leader'], ['follower']]);
  });

  const broadcast = { requestId: '1', type: 'broadcast', channel: 'a', data: 1, id: 'x' };

  it.each([
    [3_900, 1, ['open']],
    [4_100, 0, ['open', 4012]],
  ])('takes what was said to it %i ms ago: %i', async (age, taken, states) => {
    const browser = new Browser();
    const [leader, follower] = (await openMany(browser, 2)) as [Opened, Opened];
    leader.page.freeze();
    follower.socket.send(JSON.stringify(broadcast));
    // Whoever would replace it does not come to it.
    follower.page.freeze();
    await browser.clock.advance(age);
    leader.page.thaw();
    await browser.clock.advance(10);
    expect(browser.sent(0)).toHaveLength(taken);
    expect(leader.states).toEqual(states);
  });
});
