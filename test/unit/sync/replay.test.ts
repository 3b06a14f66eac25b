import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lose, trim } from '../../../client/testing/damage.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { receivingWorld } from './worlds.ts';

const alice = connection('A', 'alice');

interface Event {
  readonly id: string;
  readonly channel: string;
  readonly offset: number;
  readonly epoch: string;
  readonly timestamp: number;
  readonly private?: true;
}

interface Answer {
  readonly type: string;
  readonly events: readonly Event[];
  readonly recovered: boolean;
  readonly unnamed?: boolean;
  readonly truncated: boolean;
  readonly lost: readonly string[];
  readonly lostPrivate: readonly string[];
  readonly subscriptions: number;
  readonly positions: Readonly<Record<string, { readonly offset: number; readonly epoch: string }>>;
  readonly next: string | null;
  readonly time: number;
  readonly final: boolean;
  readonly error?: { readonly code: string };
}

const setUp = async (...texts: string[]) => {
  const world = receivingWorld();
  const { history, clock, store, storeClock } = world;
  const send = async (message: unknown, from = alice): Promise<readonly Answer[]> =>
    (await answered(world, from, JSON.stringify(message))).map((frame) => JSON.parse(frame) as Answer);
  await send({ type: 'subscribe', patterns: texts });

  /** The answer to a replay, its frames put together. */
  const replay = async (question: Record<string, unknown>, from = alice): Promise<Answer> => {
    const frames = await send({ type: 'replay', ...question }, from);
    expect(frames.map(({ final }) => final === true || final === undefined)).toEqual(
      frames.map((_, i) => i === frames.length - 1),
    );
    return { ...(frames.at(-1) as Answer), events: frames.flatMap(({ events = [] }) => events) };
  };
  return { world, history, clock, store, storeClock, send, replay };
};

const ids = ({ events }: Answer): string[] => events.map(({ id }) => id);
const NOW = 1_700_000_000_000;

describe('replay', () => {
  it('[R-1] holds what the connection is subscribed to and its own private events, oldest first', async () => {
    const { history, replay, clock } = await setUp('a', 'x:*');
    for (const [i, [channel, target]] of (
      [
        ['a', undefined],
        ['x:1', undefined],
        ['b', undefined],
        ['a', 'alice'],
        ['a', 'bob'],
        ['x:2', undefined],
        ['b', 'alice'],
        ['a', undefined],
      ] as const
    ).entries()) {
      clock.time = NOW + i;
      await history.append([event(channel, `${i}`, target === undefined ? {} : { targetUsers: [target] })]);
    }
    const answer = await replay({ since: NOW });
    expect(ids(answer)).toEqual(['0', '1', '3', '5', '7']);
    expect(answer).toMatchObject({ recovered: true, truncated: false, next: null, lost: [], positions: {} });
    expect(answer.events[2]).toMatchObject({ private: true, offset: 1, channel: 'a' });
  });

  it('is exact by position, and by time for what has none', async () => {
    const { history, replay, clock } = await setUp('*');
    for (let i = 1; i <= 6; i++) {
      clock.time = NOW + i;
      await history.append([event(i % 2 === 0 ? 'even' : 'odd', `${i}`)]);
    }
    const positions = { odd: { offset: 1, epoch: 'e' } };
    expect(ids(await replay({ positions, since: NOW + 4 }))).toEqual(['3', '4', '5', '6']);
    expect(ids(await replay({ positions, since: NOW + 4, channels: ['even', 'nobody:hears'] }))).toEqual(['4', '6']);
  });

  it('[R-4] says what positions alone leave out', async () => {
    const { history, replay } = await setUp('a', 'b', 'c:*', 'silent');
    await history.append([event('a', '1')]);
    const positions = { a: { offset: 0, epoch: 'e' } };
    expect(await replay({ positions })).toMatchObject({ recovered: true, lost: [] });
    await history.append([event('b', '2'), event('c:1', '3'), event('unheard', '4')]);
    const answer = await replay({ positions });
    expect(ids(answer)).toEqual(['1']);
    expect(answer).toMatchObject({ recovered: false });
    expect([...answer.lost].sort()).toEqual(['b', 'c:1']);
  });

  it('[R-2] [R-5] says what is missing: trimmed, or of another epoch', async () => {
    const { history, replay, store } = await setUp('a', 'b');
    await history.append(['1', '2', '3', '4'].map((id) => event('a', id)));
    await history.append([event('b', '5')]);
    trim(store, { channel: 'a' }, 2);
    const at = (offset: number, epoch = 'e') => ({ positions: { a: { offset, epoch } }, since: NOW + 1 });

    expect(await replay(at(2))).toMatchObject({ recovered: true });
    const cut = await replay(at(1));
    expect(ids(cut)).toEqual(['3', '4']);
    expect(cut).toMatchObject({ recovered: false, lost: ['a'] });

    lose(store, { channel: 'a' });
    await history.append([event('a', '6', { userId: 'carol' })]);
    const lost = await replay(at(4));
    expect(ids(lost)).toEqual(['6']);
    expect(lost).toMatchObject({ recovered: false, lost: ['a'], positions: { a: { offset: 1, epoch: "e'" } } });
  });

  it('is counted: whether anything is missing, how many events it holds, and whether there are more', async () => {
    const { world, history, replay, store } = await setUp('a');
    await history.append(['1', '2', '3'].map((id) => event('a', id)));
    const positions = { a: { offset: 0, epoch: 'e' } };
    await replay({ positions });
    expect((await replay({ positions, limit: 1 })).truncated).toBe(true);
    trim(store, { channel: 'a' }, 1);
    await replay({ positions });
    const { numbers } = world.meter;
    const counted = ['requests{outcome=recovered}', 'requests{outcome=partial}', 'events', 'truncated'];
    expect(counted.map((name) => numbers.get(`replay_${name}`))).toEqual([2, 1, 6, 1]);
  });

  it('[R-5] a history that was set back under the same epoch is told of, and nothing is heard twice', async () => {
    const { history, replay } = await setUp('a');
    await history.append([event('a', '1'), event('a', '2')]);
    const answer = await replay({ positions: { a: { offset: 5, epoch: 'e' } }, since: NOW });
    expect(answer).toMatchObject({ recovered: false, lost: ['a'], positions: { a: { offset: 2, epoch: 'e' } } });
  });

  it('[R-2] [R-5] says of a hundred channels that something is missing, and of 250 where they stand', async () => {
    const { history, replay } = await setUp('**');
    const channels = Array.from({ length: 300 }, (_, i) => `c:${i}`);
    await history.append(
      channels.flatMap((channel) => [
        event(channel, `${channel} 1`),
        event(channel, channel, { targetUsers: ['alice'] }),
      ]),
    );
    const other = { offset: 1, epoch: 'other' };
    const positions = Object.fromEntries(channels.map((channel) => [channel, { ...other, private: other }]));
    const answer = await replay({ positions, limit: 1_000 });
    expect(answer.recovered).toBe(false);
    expect(answer.events).toHaveLength(600);
    expect([answer.lost.length, answer.lostPrivate.length]).toEqual([100, 100]);
    const at = { offset: 1, epoch: 'e' };
    expect(Object.values(answer.positions)).toEqual(Array.from({ length: 250 }, () => ({ ...at, private: at })));
  });

  it('[R-2] a time before the retention is not vouched for', async () => {
    const { replay } = await setUp('a');
    expect(await replay({ since: NOW - 999_999 })).toMatchObject({ recovered: true });
    expect(await replay({ since: NOW - 1_000_001 })).toMatchObject({ recovered: false });
  });

  it('[R-2] says beside names that others may lack something, on each answer, where the time is before the retention', async () => {
    const { history, replay } = await setUp('x:*');
    await history.append(['1', '2', '3'].map((id) => event('x:1', id)));
    const lacking = { 'x:2': { offset: 1, epoch: 'other' } };
    await history.append([event('x:2', '4')]);
    const question = { positions: lacking, limit: 2 };
    const first = await replay({ since: NOW - 1_000_001, ...question });
    const rest = await replay({ cursor: first.next ?? '', limit: 10 });
    expect([first, rest].map(({ recovered, unnamed }) => [recovered, unnamed])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect([...first.lost, ...rest.lost]).toContain('x:2');
    const young = await replay({ since: NOW - 999_999, ...question });
    const others = await replay({ cursor: young.next ?? '', limit: 10 });
    expect([young, others].map(({ unnamed }) => unnamed)).toEqual([undefined, undefined]);
  });

  it('[R-7] the time of one answer, asked from later, leaves nothing out', async () => {
    const { history, replay } = await setUp('a');
    await history.append([event('a', '1')]);
    // Appended while the answer is being read, at the very same instant.
    const read = history.read.bind(history);
    history.read = async (...args) => {
      const pages = await read(...args);
      history.read = read;
      await history.append([event('a', '2')]);
      return pages;
    };
    const first = await replay({ since: NOW });
    expect(ids(first)).toEqual(['1']);
    expect(ids(await replay({ since: first.time }))).toContain('2');
  });

  it('[R-11] says how many subscriptions the connection has, so that one lost is noticed', async () => {
    const { history, replay, send } = await setUp('a', 'b:*');
    await history.append([event('a', '1')]);
    expect(await replay({ since: NOW })).toMatchObject({ subscriptions: 2 });
    await send({ type: 'unsubscribe', channels: ['a'] });
    expect(await replay({ since: NOW })).toMatchObject({ events: [], subscriptions: 1 });
  });

  it('[R-2] [R-5] tells a user’s private events that are missing from the channel’s own', async () => {
    const { history, replay, store } = await setUp('a');
    await history.append([event('a', '1'), event('a', '2', { targetUsers: ['alice'] })]);
    trim(store, { channel: 'a', user: 'alice' }, 1);
    const at = { offset: 1, epoch: 'e' };
    const positions = { a: { ...at, private: { offset: 0, epoch: 'e' } } };
    expect(await replay({ positions })).toMatchObject({
      ...{ recovered: false, lost: [], lostPrivate: ['a'] },
      positions: { a: { ...at, private: at } },
    });
  });

  it('filters by category and priority, by value or list', async () => {
    const { history, replay } = await setUp('**');
    await history.append([
      event('a', '1', { category: 'memory', priority: 'high' }),
      event('a', '2', { category: 'user', priority: 'low' }),
      event('b', '3', { category: 'other', priority: 'high' }),
      event('b', '4', { category: 'memory', priority: 'normal' }),
    ]);
    expect(ids(await replay({ since: NOW, categories: ['memory', 'user'], priority: 'high' }))).toEqual(['1']);
    expect(ids(await replay({ since: NOW, categories: 'memory' }))).toEqual(['1', '4']);
    expect(ids(await replay({ since: NOW, priority: ['high', 'low'] }))).toEqual(['1', '2', '3']);
    expect(await replay({ since: NOW, categories: ['nothing'] })).toMatchObject({
      events: [],
      recovered: true,
      next: null,
    });
  });

  it('[R-6] [F-6] a large answer comes in frames of which each fits', async () => {
    const { history, world } = await setUp('a');
    await history.append(Array.from({ length: 90 }, (_, i) => event('a', `${i}`, { data: `"${'ü'.repeat(500)}"` })));
    await history.append([event('a', 'huge', { data: `"${'x'.repeat(40_000)}"` })]);
    const frames = await answered(
      world,
      alice,
      JSON.stringify({ type: 'replay', requestId: 'r'.repeat(128), since: NOW }),
    );
    expect(frames.length).toBeGreaterThan(3);
    for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(32_768);
    const answers = frames.map((frame) => JSON.parse(frame) as Answer & { requestId: string });
    expect(answers.every(({ requestId }) => requestId === 'r'.repeat(128))).toBe(true);
    expect(answers.map(({ final }) => final)).toEqual(answers.map((_, i) => i === answers.length - 1));
    expect(answers.slice(0, -1).every((answer) => answer.recovered === undefined)).toBe(true);
    expect(answers.flatMap(({ events }) => events)).toHaveLength(91);
    expect(answers.at(-1)?.events.at(-1)).toMatchObject({ id: 'huge', data: null, omitted: true });
  });

  it.each([
    ['a since in the future', { since: NOW + 60_001 }],
    ['a negative since', { since: -1 }],
    ['a since that is no whole number', { since: 1.5 }],
    ['limit 0', { since: NOW, limit: 0 }],
    ['a limit over the maximum', { since: NOW, limit: 1_001 }],
    ['nothing asked', {}],
    ['a cursor with a question beside it', { cursor: 'c', since: NOW }],
    ['positions without an offset', { positions: { a: { epoch: 'e' } } }],
    ['an unknown priority', { since: NOW, priority: 'urgent' }],
  ])('[R-9] %s is refused', async (_, question) => {
    const { replay } = await setUp('a');
    expect(await replay(question)).toMatchObject({ type: 'error', error: { code: 'INVALID_MESSAGE' } });
  });

  it('[R-9] a clock that is a minute ahead is not refused', async () => {
    const { replay } = await setUp('a');
    expect(await replay({ since: NOW + 60_000 })).toMatchObject({ events: [], recovered: true });
  });

  it('[R-9] a time given out is not refused where one clock was set back since', async () => {
    const { replay, clock, storeClock } = await setUp('a');
    const { time } = await replay({ since: 0 });
    storeClock.ahead = -3_600_000;
    expect(await replay({ since: time })).toMatchObject({ recovered: true });
    storeClock.ahead = 0;
    clock.time -= 3_600_000;
    expect(await replay({ since: time })).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
  });

  it.each([
    ['right, then behind', 0, -3_600_000],
    ['ahead, then right', 3_600_000, 0],
    ['ahead, then behind', 3_600_000, -3_600_000],
    ['behind, then ahead', -3_600_000, 3_600_000],
  ])('[R-7] a time leaves nothing out where one clock was %s', async (_, first, then) => {
    const { history, replay, storeClock } = await setUp('a');
    storeClock.ahead = first;
    const { time } = await replay({ since: 0 });
    storeClock.ahead = then;
    await history.append([event('a', '1')]);
    storeClock.ahead = 0;
    expect(ids(await replay({ since: time }))).toEqual(['1']);
  });

  it('[R-3] [R-8] goes on with a cursor, which only its user may use, and shows only what is heard now', async () => {
    const { history, replay, send } = await setUp('a', 'b');
    await history.append(['1', '2', '3', '4'].map((id, i) => event(i % 2 === 0 ? 'a' : 'b', id)));
    const first = await replay({ since: NOW, limit: 1 });
    expect(first).toMatchObject({ truncated: true, next: expect.any(String) });

    const bob = connection('B', 'bob');
    await send({ type: 'subscribe', channels: ['a', 'b'] }, bob);
    expect(await replay({ cursor: first.next }, bob)).toMatchObject({ error: { code: 'INVALID_CURSOR' } });
    expect(await replay({ cursor: 'made-up' })).toMatchObject({ error: { code: 'INVALID_CURSOR' } });

    expect(ids(await replay({ cursor: first.next }))).toEqual(['3', '2', '4']);
    await send({ type: 'unsubscribe', channels: ['b'] });
    expect(ids(await replay({ cursor: first.next }))).toEqual(['3']);
  });

  it('[R-1] [R-3] every paging of every history gives each event once, in order', async () => {
    const step = fc.record({
      channel: fc.constantFrom('a', 'b', 'c', 'd'),
      wait: fc.nat({ max: 2 }),
      mine: fc.boolean(),
      category: fc.constantFrom('k', 'l'),
    });
    let pages = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom<string[] | undefined>(undefined, ['k']),
        async (steps, limit, categories) => {
          const { history, replay, clock } = await setUp('**');
          let now = NOW;
          for (const [i, { channel, wait, mine, category }] of steps.entries()) {
            now += wait;
            clock.time = now;
            await history.append([event(channel, `${i}`, { category, ...(mine ? { targetUsers: ['alice'] } : {}) })]);
          }
          const heard: Event[] = [];
          let answer = await replay({ since: NOW, limit, ...(categories ? { categories } : {}) });
          for (;;) {
            pages++;
            heard.push(...answer.events);
            expect(answer.recovered).toBe(true);
            expect(answer.events.length).toBeLessThanOrEqual(limit);
            if (answer.next === null) break;
            answer = await replay({ cursor: answer.next, limit });
          }
          const expected = steps.flatMap(({ category }, i) =>
            categories?.includes(category) === false ? [] : [`${i}`],
          );
          expect(heard.map(({ id }) => id).sort()).toEqual([...expected].sort());
          const last = new Map<string, Event>();
          let time = 0;
          for (const each of heard) {
            const history = `${each.channel} ${each.private}`;
            expect(each.offset).toBeGreaterThan(last.get(history)?.offset ?? 0);
            expect(each.timestamp).toBeGreaterThanOrEqual(time);
            last.set(history, each);
            time = each.timestamp;
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(pages).toBeGreaterThan(160);
  });
});

describe('options of subscribe', () => {
  it('[S-9] initial state is the latest event of every matching channel', async () => {
    const { history, send } = await setUp();
    await history.append([event('a', '1'), event('a', '2'), event('x:1', '3'), event('x:2', '4'), event('y', '5')]);
    await history.append([event('a', '6', { targetUsers: ['alice'] })]);
    const options = { sendInitialState: true };
    const answers = await send({
      type: 'subscribe',
      requestId: 1,
      channels: ['a', 'empty'],
      patterns: ['x:*'],
      options,
    });
    expect(answers.map(({ type }) => type)).toEqual(['subscribed', 'state']);
    expect(answers[1]).toMatchObject({ requestId: 1, final: true });
    expect(ids(answers[1] as Answer).sort()).toEqual(['2', '3', '4']);
  });

  it('[S-10] replayed are the channels and patterns of this request alone', async () => {
    const { history, send } = await setUp('other');
    await history.append([event('other', '1'), event('a', '2'), event('a', '3')]);
    const options = { sendInitialState: true, replayEvents: true, replaySince: NOW };
    const answers = await send({ type: 'subscribe', requestId: 1, channels: ['a'], options });
    expect(answers.map(({ type }) => type)).toEqual(['subscribed', 'state', 'replay']);
    expect(ids(answers[2] as Answer)).toEqual(['2', '3']);
    const all = await send({ type: 'subscribe', requestId: 1, channels: ['a'], options: { replayEvents: true } });
    expect(all[1]).toMatchObject({ recovered: true });
  });
});
