import { describe, expect, it, vi } from 'vitest';
import { connect, OutcomeUnknownError } from '../../../client/src/index.ts';
import { lasting, memoryStore, StorageError, type StorageOptions, WriteError } from '../../../client/src/storage.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { Browser, type Opened } from './storage/browser.ts';
import { StorageRun } from './storage/run.ts';
import { Page } from './tabs/page.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Writes to a channel; nobody waits for it. */
const write = ({ client, page }: Opened, channel: string, data: unknown): Promise<unknown> => {
  const done = client.broadcast(channel, data);
  done.catch(() => undefined);
  if (page.isDead) throw new Error('The page is gone');
  return done;
};

const dataOf = (browser: Browser): readonly unknown[] => browser.history.log.map(({ data }) => data);

describe('writes in a store', () => {
  it('of a page that was closed for three days are sent once and in order', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    const wanted = Array.from({ length: 1_000 }, (_, at) => at);
    for (const at of wanted) write(first, `task:${at % 3}`, at);
    await browser.clock.advance(MINUTE);
    first.page.kill();
    await browser.clock.advance(3 * DAY);
    browser.goOnline();
    const second = browser.open();
    await browser.clock.advance(5 * MINUTE);
    expect(dataOf(browser)).toEqual(wanted);
    expect(second.sent.map(({ data }) => data)).toEqual(wanted);
    expect([second.errors, browser.history.problems, browser.stored]).toEqual([[], [], []]);
  });

  it('resolve as ever, and leave nothing in the store', async () => {
    const browser = new Browser();
    const opened = browser.open();
    const done = write(opened, 'a', 1);
    await browser.clock.advance(MINUTE);
    expect(await done).toEqual({ id: expect.any(String) });
    expect([dataOf(browser), browser.stored, opened.client.counts.unacknowledged]).toEqual([[1], [], 0]);
    await opened.client.close();
  });

  it('are stored before they are sent', async () => {
    const browser = new Browser();
    const opened = browser.open();
    await browser.clock.advance(MINUTE);
    browser.faults.storeHangs = true;
    write(opened, 'a', 1);
    await browser.clock.advance(4_000);
    expect(dataOf(browser)).toEqual([]);
  });

  it('that may have been sent before are sent with the time of that, and published once', async () => {
    const browser = new Browser();
    browser.faults.loses = 1;
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    write(first, 'a', 1);
    await browser.clock.advance(200);
    first.page.kill();
    expect([dataOf(browser), browser.stored.length]).toEqual([[1], 1]);
    browser.faults.loses = 0;
    await browser.clock.advance(3 * DAY);
    const second = browser.open();
    await browser.clock.advance(MINUTE);
    expect([dataOf(browser), browser.stored, second.errors]).toEqual([[1], [], []]);
    expect(second.sent).toEqual([expect.objectContaining({ channel: 'a', data: 1, isEarlier: true })]);
  });

  it('of which nobody knows whether they were published are told, with what they were', async () => {
    const browser = new Browser();
    browser.faults.loses = 1;
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    void first.client.broadcast('a', { text: 'x' }, { id: 'mine', priority: 'high' }).catch(() => undefined);
    await browser.clock.advance(200);
    first.page.kill();
    browser.faults.loses = 0;
    await browser.clock.advance(3 * DAY);
    browser.history.forget();
    const second = browser.open();
    write(second, 'a', 2);
    await browser.clock.advance(MINUTE);
    const error = second.errors.find(({ name }) => name === 'WriteError') as WriteError;
    expect(error).toBeInstanceOf(WriteError);
    expect(error).toMatchObject({ code: 'SEQUENCE_UNKNOWN', advice: 'look' });
    expect(error.write).toMatchObject({ id: 'mine', channel: 'a', data: { text: 'x' }, priority: 'high' });
    expect([dataOf(browser).length, browser.stored]).toEqual([2, []]);
  });

  it('and whoever waits for one is told that its outcome is unknown', async () => {
    const browser = new Browser();
    const opened = browser.open();
    await browser.clock.advance(MINUTE);
    browser.faults.loses = 1;
    const outcome = write(opened, 'a', 1).catch((error: unknown) => error);
    await browser.clock.advance(50);
    browser.goOffline();
    browser.faults.loses = 0;
    await browser.clock.advance(60 * MINUTE);
    browser.history.forget();
    browser.goOnline();
    await browser.clock.advance(5 * MINUTE);
    expect(await outcome).toMatchObject({ name: 'WriteError', code: 'SEQUENCE_UNKNOWN', advice: 'look' });
    expect([dataOf(browser), browser.stored]).toEqual([[1], []]);
  });

  it('are sent again after days by the same page, too, and published once', async () => {
    const browser = new Browser();
    const opened = browser.open();
    await browser.clock.advance(MINUTE);
    browser.faults.loses = 1;
    const done = write(opened, 'a', 1);
    await browser.clock.advance(50);
    browser.goOffline();
    browser.faults.loses = 0;
    await browser.clock.advance(3 * DAY);
    browser.goOnline();
    await browser.clock.advance(5 * MINUTE);
    expect(await done).toBeDefined();
    expect([dataOf(browser), opened.errors.filter(({ name }) => name === 'WriteError')]).toEqual([[1], []]);
  });

  it('of an earlier page are known by when that sent them, however long the next one has no answer', async () => {
    const browser = new Browser();
    browser.faults.loses = 1;
    const first = browser.open();
    write(first, 'a', 1);
    await browser.clock.advance(500);
    expect(dataOf(browser)).toEqual([1]);
    first.page.kill();
    await browser.clock.advance(DAY);
    const second = browser.open();
    // The client gives up after five minutes, and it is sent anew.
    await browser.clock.advance(6 * MINUTE);
    browser.faults.loses = 0;
    await browser.clock.advance(5 * MINUTE);
    expect([second.errors, second.sent.length, dataOf(browser), browser.stored]).toEqual([[], 1, [1], []]);
  });

  it('that the store was slow to remove are known for what they are, however many they were', async () => {
    const browser = new Browser();
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    browser.faults.storeKeeps = true;
    const wanted = Array.from({ length: 350 }, (_, at) => at);
    for (const at of wanted) write(first, 'a', at);
    await browser.clock.advance(4_000);
    // Of so many the service remembers each by itself.
    expect(dataOf(browser)).toEqual(wanted.slice(0, 100));
    first.page.kill();
    browser.faults.storeKeeps = false;
    await browser.clock.advance(DAY);
    const second = browser.open();
    await browser.clock.advance(5 * MINUTE);
    expect([second.errors, dataOf(browser), browser.stored]).toEqual([[], wanted, []]);
  });

  it('whose number is used already are sent with their time at once', async () => {
    const browser = new Browser();
    const opened = browser.open();
    await browser.clock.advance(MINUTE);
    browser.faults.loses = 1;
    const done = write(opened, 'a', 1);
    await browser.clock.advance(50);
    browser.faults.loses = 0;
    await browser.clock.advance(5_000);
    expect(browser.history.refusals.SEQUENCE_USED).toBe(1);
    expect([dataOf(browser), browser.stored]).toEqual([[1], []]);
    await done;
  });

  it('that are refused are told to whoever is there', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    write(first, 'a', 1);
    await browser.clock.advance(MINUTE);
    first.page.kill();
    browser.goOnline();
    browser.history.take = () => ({ type: 'error', error: { code: 'FORBIDDEN', message: 'no' } });
    const second = browser.open();
    const own = write(second, 'b', 2).catch((error: unknown) => error);
    await browser.clock.advance(MINUTE);
    expect(await own).toMatchObject({ name: 'RequestError', code: 'FORBIDDEN' });
    const told = second.errors.filter(({ name }) => name === 'WriteError');
    expect(told).toEqual([expect.objectContaining({ code: 'FORBIDDEN', advice: 'change' })]);
    expect(browser.stored).toEqual([]);
  });

  it('can be looked at', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    write(first, 'a', 1);
    await browser.clock.advance(MINUTE);
    first.page.kill();
    const second = browser.open();
    write(second, 'b', { x: 2 });
    const pending = second.client.pending();
    await browser.clock.advance(MINUTE);
    expect(await pending).toMatchObject([
      { channel: 'a', data: 1, isEarlier: true },
      { channel: 'b', data: { x: 2 }, isEarlier: false },
    ]);
  });

  it('are bounded in number and in bytes', async () => {
    const browser = new Browser();
    browser.goOffline();
    const few = browser.open({ maxOutbox: 2 });
    const outcomes = Promise.allSettled([1, 2, 3].map((data) => write(few, 'a', data)));
    const small = browser.open({ maxBytes: 200 });
    const large = write(small, 'a', 'x'.repeat(200)).catch((error: unknown) => error);
    await browser.clock.advance(MINUTE);
    expect(await large).toMatchObject({ name: 'StorageError', code: 'FULL' });
    await few.client.close();
    const reasons = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason.code);
    expect(reasons).toEqual(['CLOSED', 'CLOSED', 'FULL']);
    expect(browser.stored.length).toBe(2);
  });

  it('of a client that is closed are sent by the next', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    write(first, 'a', 1);
    const closed = first.client.close();
    await browser.clock.advance(MINUTE);
    await closed;
    browser.goOnline();
    browser.open();
    await browser.clock.advance(MINUTE);
    expect([dataOf(browser), browser.stored]).toEqual([[1], []]);
  });

  it('of another user, or for another service, are not seen', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    write(first, 'a', 1);
    await browser.clock.advance(MINUTE);
    first.page.kill();
    const bob = browser.open({ as: 'bob' });
    const elsewhere = browser.open({ url: 'ws://elsewhere' });
    const again = browser.open({ url: 'ws://service?ticket=1' });
    const all = [bob, elsewhere, again].map(({ client }) => client.pending());
    await browser.clock.advance(MINUTE);
    expect((await Promise.all(all)).map(({ length }) => length)).toEqual([0, 0, 1]);
  });

  it('are not sent in a session of somebody else, and nothing of it is stored', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open({ as: 'carol' });
    write(first, 'a', 0);
    await browser.clock.advance(MINUTE);
    first.page.kill();
    const second = browser.open({ as: 'carol' });
    const own = write(second, 'a', 1).catch((error: unknown) => error);
    await browser.clock.advance(MINUTE);
    browser.goOnline();
    await browser.clock.advance(MINUTE);
    expect(await own).toMatchObject({ name: 'StorageError', code: 'ANOTHER_USER' });
    expect(second.errors).toEqual([expect.objectContaining({ code: 'ANOTHER_USER' })]);
    const late = write(second, 'a', 2);
    await browser.clock.advance(MINUTE);
    await late;
    expect([dataOf(browser), browser.stored.length]).toEqual([[2], 1]);
  });

  it('are refused at once where they are no JSON, by the client', async () => {
    const browser = new Browser();
    const opened = browser.open();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const outcomes = Promise.allSettled([
      write(opened, 'a', { x: [Number.NaN] }),
      write(opened, 'no channel ', 1),
      write(opened, 'a', cycle),
      write(opened, 'a', 1),
    ]);
    await browser.clock.advance(MINUTE);
    expect((await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason?.code)).toEqual([
      'INVALID_MESSAGE',
      'INVALID_CHANNEL',
      'INVALID_MESSAGE',
      undefined,
    ]);
    expect([dataOf(browser), browser.stored]).toEqual([[1], []]);
  });

  it('ask whose they are where a token says it to the service alone, and are of one user', async () => {
    const storage = { store: memoryStore(), locks: null, onError: () => undefined };
    const options = { url: 'ws://service', webSocket: class {} as never, connect: false };
    expect(() => lasting(connect, { ...options, token: () => 'x' }, storage)).toThrow('whose tokens these are');
    const client = lasting(connect, { ...options, user: 'alice' }, storage);
    expect(() => client.setUser({ user: 'bob' })).toThrow('of one user: close it');
    await client.close();
  });

  it('go on in order over a page that took over', async () => {
    const browser = new Browser();
    browser.goOffline();
    for (let page = 0; page < 5; page++) {
      const opened = browser.open();
      for (const n of [0, 1, 2]) write(opened, 'a', 3 * page + n);
      await browser.clock.advance(5_000);
      opened.page.kill();
    }
    browser.goOnline();
    const last = browser.open();
    write(last, 'a', 15);
    await browser.clock.advance(5 * MINUTE);
    expect(dataOf(browser)).toEqual(Array.from({ length: 16 }, (_, at) => at));
    expect(browser.history.problems).toEqual([]);
  });

  it('of one page are not sent by another that is there, until it is gone', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    write(first, 'a', 1);
    await browser.clock.advance(MINUTE);
    first.page.freeze();
    browser.goOnline();
    const second = browser.open();
    write(second, 'a', 2);
    await browser.clock.advance(5 * MINUTE);
    expect(dataOf(browser)).toEqual([2]);
    first.page.kill();
    await browser.clock.advance(5 * MINUTE);
    expect([dataOf(browser), second.sent.length, browser.stored]).toEqual([[2, 1], 1, []]);
  });

  it('are found that a page left which came and went later', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    const second = browser.open();
    write(second, 'a', 1);
    await browser.clock.advance(MINUTE);
    second.page.kill();
    browser.goOnline();
    await browser.clock.advance(5 * MINUTE);
    expect([dataOf(browser), first.sent.length]).toEqual([[1], 1]);
  });

  it('are of the one page there is, if it says that there is no other', async () => {
    const browser = new Browser();
    browser.locks = 'none';
    browser.goOffline();
    for (const data of [1, 2, 3]) {
      const opened = browser.open();
      write(opened, 'a', data);
      await browser.clock.advance(MINUTE);
      opened.page.kill();
    }
    browser.goOnline();
    browser.open();
    await browser.clock.advance(MINUTE);
    expect([dataOf(browser), browser.stored]).toEqual([[1, 2, 3], []]);
  });

  it('are not kept where nobody can tell whose page is gone, which is told', async () => {
    vi.stubGlobal('navigator', {});
    const browser = new Browser();
    browser.locks = 'of the runtime';
    const opened = browser.open();
    const done = write(opened, 'a', 1);
    await browser.clock.advance(MINUTE);
    await done;
    expect(opened.errors).toEqual([expect.objectContaining({ name: 'StorageError', code: 'NO_LOCKS' })]);
    expect(await opened.client.pending()).toEqual([]);
    vi.unstubAllGlobals();
  });

  it('take other numbers where the store is one that was copied', async () => {
    const browser = new Browser();
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    await browser.clock.advance(MINUTE);
    const closed = first.client.close();
    await browser.clock.advance(MINUTE);
    await closed;
    const warm = browser.open();
    write(warm, 'a', 0);
    await browser.clock.advance(MINUTE);
    const ended = warm.client.close();
    await browser.clock.advance(MINUTE);
    await ended;
    const copy = new Map(browser.values);
    const original = browser.open();
    for (const data of [1, 2]) write(original, 'a', data);
    await browser.clock.advance(MINUTE);
    const over = original.client.close();
    await browser.clock.advance(MINUTE);
    await over;
    browser.values.clear();
    for (const [key, value] of copy) browser.values.set(key, value);
    const copied = browser.open();
    const done = [3, 4, 5].map((data) => write(copied, 'a', data));
    await browser.clock.advance(MINUTE);
    await Promise.all(done);
    expect(browser.history.refusals.SEQUENCE_USED).toBeGreaterThan(0);
    // The one whose number was not used was in the same frame, and is heard before those that took another.
    expect(dataOf(browser)).toEqual([0, 1, 2, 5, 3, 4]);
  });

  it('are sent once to a service that remembers ids alone, or given up', async () => {
    const browser = new Browser();
    browser.features.sequences = false;
    browser.faults.loses = 1;
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    write(first, 'a', 1);
    await browser.clock.advance(200);
    first.page.kill();
    browser.faults.loses = 0;
    const second = browser.open();
    await browser.clock.advance(MINUTE);
    expect([dataOf(browser), browser.stored]).toEqual([[1], []]);
    browser.faults.loses = 1;
    write(second, 'a', 2);
    await browser.clock.advance(200);
    second.page.kill();
    browser.faults.loses = 0;
    await browser.clock.advance(DAY);
    const third = browser.open();
    write(third, 'a', 3);
    await browser.clock.advance(MINUTE);
    expect(third.errors.filter(({ name }) => name === 'WriteError')).toMatchObject([
      { code: 'NOT_NUMBERED', advice: 'look' },
    ]);
    expect([dataOf(browser), browser.stored]).toEqual([[1, 2, 3], []]);
  });
});

describe('writes that are taken back', () => {
  it('are not sent any more, by the next page neither', async () => {
    const browser = new Browser();
    browser.goOffline();
    const opened = browser.open();
    const [early, late] = [new AbortController(), new AbortController()];
    const outcomes = [early, late].map(({ signal }, at) =>
      opened.client.broadcast('a', at, { signal }).catch((error: unknown) => error),
    );
    write(opened, 'a', 2);
    early.abort('early');
    await browser.clock.advance(MINUTE);
    late.abort('late');
    await browser.clock.advance(MINUTE);
    expect(await Promise.all(outcomes)).toEqual(['early', 'late']);
    expect(browser.stored.length).toBe(1);
    opened.page.kill();
    browser.goOnline();
    browser.open();
    await browser.clock.advance(MINUTE);
    expect(dataOf(browser)).toEqual([2]);
  });

  it('have an unknown outcome once they were sent', async () => {
    const browser = new Browser();
    const opened = browser.open();
    await browser.clock.advance(MINUTE);
    browser.faults.loses = 1;
    const controller = new AbortController();
    const outcome = opened.client.broadcast('a', 1, { signal: controller.signal }).catch((error: unknown) => error);
    await browser.clock.advance(50);
    controller.abort();
    await browser.clock.advance(MINUTE);
    expect(await outcome).toBeInstanceOf(OutcomeUnknownError);
    expect([dataOf(browser), browser.stored]).toEqual([[1], []]);
  });
});

describe('positions in a store', () => {
  const setUp = () => {
    const random = new SeededRandom(1);
    const clock = new ModelClock(random);
    const service = new ModelService(clock, random);
    const store = memoryStore();
    let published = 0;
    const publish = async (channel: string, duration = MINUTE): Promise<void> => {
      service.publish(event(channel, `p${published++}`));
      await clock.advance(duration);
    };
    const open = async (options: Partial<StorageOptions> = {}) => {
      const page = new Page(clock);
      const heard: string[] = [];
      const client = lasting(
        connect,
        { url: 'ws://model', user: 'alice', clock: page.clock, webSocket: page.socketsOf(service.webSocket) },
        { store, locks: null, onError: (error) => expect.unreachable(String(error)), ...options },
      );
      client.subscribe('x:*', ({ id }) => heard.push(id));
      await clock.advance(MINUTE);
      return { page, client, heard };
    };
    return { clock, publish, open, store };
  };

  it('have a page that was closed for three days hear what it missed, without having asked to be told', async () => {
    const { clock, publish, open } = setUp();
    const first = await open();
    await publish('x:1');
    first.page.kill();
    await publish('x:1');
    await publish('x:2');
    await clock.advance(3 * DAY);
    const second = await open();
    expect([first.heard, second.heard.toSorted()]).toEqual([['p0'], ['p1', 'p2']]);
  });

  it('are of pages that go by one name, or of none', async () => {
    const { publish, open } = setUp();
    const first = await open({ positions: 'list' });
    first.page.kill();
    await publish('x:1');
    for (const [positions, heard] of [
      [false, []],
      ['other', []],
      ['list', ['p0']],
    ] as const) {
      const next = await open({ positions });
      next.page.kill();
      expect([positions, next.heard]).toEqual([positions, heard]);
    }
  });

  it('are stored when the client is closed, and no more after that', async () => {
    const { clock, publish, open, store } = setUp();
    const first = await open();
    // Heard, and not stored yet.
    await publish('x:1', 200);
    const closed = first.client.close();
    await clock.advance(200);
    await closed;
    expect(first.heard).toEqual(['p0']);
    const entries = JSON.stringify(await store.entries(''));
    await clock.advance(MINUTE);
    expect(JSON.stringify(await store.entries(''))).toBe(entries);
    const second = await open();
    expect(second.heard).toEqual([]);
  });
});

it('of a page that stood still while it began are numbered behind those of the one that came meanwhile', async () => {
  // It had read which numbers were used before it had the name to itself.
  expect((await new StorageRun(102_490, 2).play(60)).problems).toEqual([]);
});

it('no run of pages that come, go and are killed publishes a write twice, out of order, or loses one', async () => {
  const totals = { written: 0, pages: 0, killed: 0 };
  for (const tabs of [1, 2, 3]) {
    for (let seed = 1; seed <= 20; seed++) {
      const { problems, ...outcome } = await new StorageRun(seed, tabs).play(60);
      expect(problems, `seed ${seed} of ${tabs} tabs`).toEqual([]);
      for (const name of ['written', 'pages', 'killed'] as const) totals[name] += outcome[name];
    }
  }
  console.log(`Pages with storage: ${JSON.stringify(totals)}`);
  expect(totals.written).toBeGreaterThan(2_000);
  expect(totals.killed).toBeGreaterThan(200);
});

describe('a store that does not work', () => {
  it.each([
    ['fails', 'FAILED'],
    ['does not answer', 'NO_ANSWER'],
  ])('is told once, and done without: it %s', async (how, code) => {
    const browser = new Browser();
    if (how === 'fails') browser.faults.storeFails = new DOMException('full', 'QuotaExceededError');
    else browser.faults.storeHangs = true;
    const opened = browser.open();
    const done = [1, 2].map((data) => write(opened, 'a', data));
    await browser.clock.advance(2 * MINUTE);
    await Promise.all(done);
    expect(dataOf(browser)).toEqual([1, 2]);
    expect(opened.errors).toEqual([expect.objectContaining({ name: 'StorageError', code })]);
    expect(opened.errors[0]).toBeInstanceOf(StorageError);
    expect(opened.client.state).toBe('connected');
    const closed = opened.client.close();
    await browser.clock.advance(MINUTE);
    await closed;
  });

  it('is used again once it works, and told of anew', async () => {
    const browser = new Browser();
    const opened = browser.open();
    await browser.clock.advance(MINUTE);
    for (let round = 0; round < 2; round++) {
      browser.faults.storeFails = new Error('full');
      write(opened, 'a', 2 * round);
      await browser.clock.advance(MINUTE);
      browser.faults.storeFails = undefined;
      write(opened, 'a', 2 * round + 1);
      await browser.clock.advance(MINUTE);
    }
    expect(opened.errors.map(({ name }) => name)).toEqual(['StorageError', 'StorageError']);
    expect(dataOf(browser)).toEqual([0, 1, 2, 3]);
  });

  it('may hold what nobody can read', async () => {
    const browser = new Browser();
    browser.goOffline();
    const first = browser.open();
    write(first, 'a', 1);
    await browser.clock.advance(MINUTE);
    first.page.kill();
    for (const key of browser.values.keys()) browser.values.set(key, '{');
    browser.goOnline();
    const second = browser.open();
    const done = write(second, 'a', 2);
    await browser.clock.advance(MINUTE);
    await done;
    expect(dataOf(browser)).toEqual([2]);
    expect(second.errors).toContainEqual(expect.objectContaining({ code: 'UNREADABLE' }));
  });
});
