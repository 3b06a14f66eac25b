import { expect, it } from 'vitest';
import { connect } from '../../../../client/src/index.ts';
import { lasting, memoryStore } from '../../../../client/src/storage.ts';
import { SeededRandom } from '../../../seeded-random.ts';
import { ModelClock } from '../model/model-clock.ts';
import { Browser, type Opened } from './browser.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Writes to a channel. @returns what becomes of it: `sent`, or why not. */
const write = ({ client }: Pick<Opened, 'client'>, data: unknown): Promise<unknown> =>
  client.broadcast('a', data).then(
    () => 'sent',
    (error: { readonly code?: string }) => error.code,
  );

const dataOf = (browser: Browser): readonly unknown[] => browser.history.log.map(({ data }) => data);

it.each([1, 2, 999, 1_000, 1_001, 1_002])(
  'the %i numbers of a page that was killed are not used again',
  async (count) => {
    const browser = new Browser();
    const first = browser.open();
    await browser.clock.advance(MINUTE);
    const outcomes = Array.from({ length: count }, (_, at) => write(first, at));
    await browser.clock.advance(5 * MINUTE);
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['sent']));
    first.page.kill();
    await browser.clock.advance(MINUTE);
    const second = browser.open();
    const last = write(second, 'last');
    await browser.clock.advance(MINUTE);
    expect(await last).toBe('sent');
    expect(dataOf(browser)).toEqual([...Array(count).keys(), 'last']);
    expect(browser.history.refusals).toEqual({ SEQUENCE_USED: 0, SEQUENCE_UNKNOWN: 0 });
    expect(browser.history.problems).toEqual([]);
  },
);

/** A page that was written on while it was offline, and stands still; and another, which is written on. */
const oneBehindAnother = async () => {
  const browser = new Browser();
  browser.goOffline();
  const first = browser.open();
  void write(first, 'first');
  await browser.clock.advance(MINUTE);
  first.page.freeze();
  browser.goOnline();
  const second = browser.open();
  void write(second, 'second');
  return { browser, first, second };
};

it('a page waits a second for the one before it, and then sends what is its own', async () => {
  const { browser, second } = await oneBehindAnother();
  await browser.clock.advance(900);
  expect([second.client.state, dataOf(browser)]).toEqual(['connected', []]);
  await browser.clock.advance(300);
  expect(dataOf(browser)).toEqual(['second']);
});

it('a page does not wait where the one before it ends, and sends what that had left first', async () => {
  const { browser, first } = await oneBehindAnother();
  await browser.clock.advance(300);
  first.page.kill();
  await browser.clock.advance(300);
  expect(dataOf(browser)).toEqual(['first', 'second']);
});

it('a page finds within a minute what one has left that came and went', async () => {
  const browser = new Browser();
  browser.open();
  const second = browser.open();
  await browser.clock.advance(5 * SECOND);
  void write(second, 'left');
  while (browser.stored.length === 0) await browser.clock.advance(1);
  second.page.kill();
  expect(dataOf(browser)).toEqual([]);
  await browser.clock.advance(MINUTE);
  expect(dataOf(browser)).toEqual(['left']);
});

/** A client that is never connected, with what is kept where it is not told how much. */
const offline = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const webSocket = class {
    close(): void {}
    send(): void {}
  };
  const client = lasting(
    (options) => connect(options),
    { url: 'ws://nowhere', user: 'alice', clock, webSocket: webSocket as never },
    { store: memoryStore(), locks: null, positions: false, onError: (error) => expect.unreachable(String(error)) },
  );
  return { clock, client };
};

it('1,000 writes wait, where it is not told how many may', async () => {
  const { clock, client } = offline();
  const outcomes: unknown[] = [];
  for (let n = 0; n < 1_001; n++) void write({ client }, n).then((outcome) => outcomes.push(outcome));
  await clock.advance(MINUTE);
  expect(outcomes).toEqual(['FULL']);
  expect(await client.pending()).toHaveLength(1_000);
});

it.each([
  [0, []],
  [1, ['FULL']],
])('8 MiB wait, as programs hold texts, where it is not told how many may: with %i more %j', async (more, refused) => {
  const { clock, client } = offline();
  const around = JSON.stringify({ id: 'one', channel: 'a', data: '' }).length;
  const outcomes: unknown[] = [];
  for (const [id, length] of [
    ['one', 2 ** 21],
    ['two', 2 ** 21 + more],
  ] as const) {
    void client
      .broadcast('a', 'x'.repeat(length - around), { id })
      .catch((error: { readonly code?: string }) => outcomes.push(error.code));
  }
  await clock.advance(MINUTE);
  expect(outcomes).toEqual(refused);
});

it('what was sent makes room', async () => {
  const browser = new Browser();
  const { client } = browser.open({ maxBytes: 300, maxOutbox: 2 });
  await browser.clock.advance(MINUTE);
  const outcomes: unknown[] = [];
  for (let n = 0; n < 5; n++) {
    void write({ client }, 'x'.repeat(60)).then((outcome) => outcomes.push(outcome));
    await browser.clock.advance(SECOND);
  }
  expect(outcomes).toEqual(Array(5).fill('sent'));
});
