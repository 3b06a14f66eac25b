import { expect, it } from 'vitest';
import { ChannelTracker } from '../../../client/src/channel-tracker.ts';
import type { Gap } from '../../../client/src/gap.ts';
import { connect } from '../../../client/src/index.ts';
import type { ReplaySummary } from '../../../client/src/messages.ts';
import { Registry } from '../../../client/src/registry.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, ScriptedService } from './scripted-service.ts';
import { subscriptionTo } from './subscription-to.ts';

const listeningTo = (text: string): Registry => {
  const registry = new Registry();
  registry.add(subscriptionTo(text));
  registry.get(text)?.confirm(0);
  return registry;
};

/** What is declared to who listens to a pattern, where pages of an answer say this. */
const declaredBy = (...pages: readonly Partial<ReplaySummary>[]): readonly Gap[] => {
  const gaps: Gap[] = [];
  const tracker = new ChannelTracker(listeningTo('x:*'), 0, 1_000, (gap) => gaps.push(gap));
  const ask = tracker.askForAll();
  for (const [i, page] of pages.entries()) {
    tracker.settle(
      ask,
      { ...NOTHING_LOST, recovered: false, time: 10, subscriptions: 1, ...page },
      i === pages.length - 1,
    );
  }
  return gaps;
};

it.each([
  ['named as lost', ['x:1'], [{ channel: 'x:1', private: false, reason: 'trimmed', epoch: 'e', from: 4, to: 5 }]],
  ['not named', [], []],
])('what an answer leaves out of a channel that was heard of is missing where it is %s', (_, lost, expected) => {
  const gaps: Gap[] = [];
  const tracker = new ChannelTracker(listeningTo('x:*'), 0, 1_000, (each) => gaps.push(each));
  tracker.stand({ 'x:1': { offset: 3, epoch: 'e' } }, () => true, 0);
  const ask = tracker.askForAll();
  const place = { channel: 'x:1', offset: 6, epoch: 'e', timestamp: 1, id: '6' };
  tracker.take({ type: 'event', category: 'x', priority: 'normal', data: null, ...place }, 'replay');
  const summary = { ...NOTHING_LOST, recovered: lost.length === 0, lost, time: 10, subscriptions: 1 };
  tracker.settle(ask, summary, true);
  expect(gaps).toEqual(expected);
});

const gap = (channel: string, isPrivate: boolean) => ({
  channel,
  private: isPrivate,
  reason: 'trimmed',
  epoch: 'e',
  from: 1,
  to: 3,
});

const at = { offset: 3, epoch: 'e' };
const begun = { offset: 0, epoch: 'e' };

it.each([
  ['in one page', [{ lost: ['x:3'], positions: { 'x:3': at } }]],
  ['on the first of two pages', [{ lost: ['x:3'], positions: { 'x:3': at } }, { lost: ['x:3'] }]],
  ['on the second of two pages', [{}, { lost: ['x:3'], positions: { 'x:3': at } }]],
  ['on the first of three pages', [{ lost: ['x:3'], positions: { 'x:3': at } }, { lost: ['x:3'] }, { lost: ['x:3'] }]],
])('[R-5] a channel never heard of, all of which is gone, is declared once where it is named %s', (_, pages) => {
  expect(declaredBy(...pages)).toEqual([gap('x:3', false)]);
});

it.each([
  ['the first', [{ lost: ['x:3'], positions: { 'x:3': at } }, {}, {}]],
  ['the second', [{}, { lost: ['x:3'], positions: { 'x:3': at } }, {}]],
])(
  '[R-12] a channel is declared once, and nothing else, where pages speak of themselves and it is on %s',
  (_, pages) => {
    expect(declaredBy(...pages)).toEqual([gap('x:3', false)]);
  },
);

it('[R-2] something unnamed is declared missing beside what is named, where the answer says that there may be more', () => {
  const lost = { lost: ['x:3'], positions: { 'x:3': at } };
  const channelsOf = (gaps: readonly Gap[]) => gaps.map(({ channel }) => channel);
  expect(channelsOf(declaredBy({ ...lost, unnamed: true }))).toEqual(['x:3', undefined]);
  expect(channelsOf(declaredBy(lost, { unnamed: true }))).toEqual(['x:3', undefined]);
  expect(channelsOf(declaredBy(lost))).toEqual(['x:3']);
});

it('[R-12] something unnamed is declared missing where a page of several names as much as it may', () => {
  const lost = Array.from({ length: 100 }, (_, i) => `x:${i}`);
  const positions = Object.fromEntries(lost.map((channel) => [channel, at]));
  const unnamed = declaredBy({ lost, positions }, {}).filter(({ channel }) => channel === undefined);
  expect(unnamed).toHaveLength(1);
});

it('[R-5] the same of private events', () => {
  const positions = { 'x:3': { ...begun, private: at } };
  expect(declaredBy({ lostPrivate: ['x:3'], positions }, { lostPrivate: ['x:3'] })).toEqual([gap('x:3', true)]);
});

it.each([
  ['its own', 'lost', false],
  ['private', 'lostPrivate', true],
] as const)('[R-5] %s events of a channel are declared where nobody says where they stand', (_, field, isPrivate) => {
  const unplaced = { epoch: undefined, from: undefined, to: undefined };
  for (const pages of [[{ [field]: ['x:3'] }], [{}, { [field]: ['x:3'] }], [{ [field]: ['x:3'] }, {}]])
    expect(declaredBy(...pages)).toEqual([{ ...gap('x:3', isPrivate), ...unplaced }]);
});

it.each([
  ['in one page', [{ lostPrivate: ['x:1'] }]],
  ['on the first of two pages', [{ lostPrivate: ['x:1'] }, {}]],
  ['on the second of two pages', [{}, { lostPrivate: ['x:1'] }]],
  ['on each', [{ lostPrivate: ['x:1'] }, { lostPrivate: ['x:1'] }]],
])(
  '[R-5] private events are declared behind those that were heard, where the channel has none of its own: named %s',
  (_, pages) => {
    const gaps: Gap[] = [];
    const tracker = new ChannelTracker(listeningTo('x:*'), 0, 1_000, (each) => gaps.push(each));
    const event = { type: 'event', category: 'x', priority: 'normal', data: null, id: '1', channel: 'x:1' } as const;
    const mine = { epoch: 'e', timestamp: 1, private: true } as const;
    tracker.take({ ...event, ...mine, offset: 1 }, 'live');
    const ask = tracker.askForAll();
    for (const [i, page] of pages.entries())
      tracker.settle(
        ask,
        { ...NOTHING_LOST, recovered: false, time: 10, subscriptions: 1, ...page },
        i === pages.length - 1,
      );
    expect(gaps).toEqual([{ ...gap('x:1', true), epoch: undefined, from: undefined, to: undefined }]);
    tracker.take({ ...event, ...mine, id: '2', offset: 2 }, 'live');
    expect([tracker.counts.events, gaps.length]).toEqual([2, 1]);
  },
);

it('private events that were lost before those that were heard are not declared, where the answer has the last of these', () => {
  const gaps: Gap[] = [];
  const tracker = new ChannelTracker(listeningTo('x:*'), 0, 1_000, (each) => gaps.push(each));
  const mine = { type: 'event', category: 'x', priority: 'normal', data: null, channel: 'x:1', private: true } as const;
  const numbered = (offset: number) => ({ ...mine, epoch: 'e', offset, id: `${offset}`, timestamp: offset });
  for (const offset of [1, 2, 3]) tracker.take(numbered(offset), 'live');
  const ask = tracker.askForAll();
  tracker.take(numbered(3), 'replay');
  const summary = { ...NOTHING_LOST, recovered: false, lostPrivate: ['x:1'], time: 10, subscriptions: 1 };
  tracker.settle(ask, summary, true);
  expect([tracker.counts.events, gaps]).toEqual([3, []]);
});

it('what was heard is not declared to lack something where as much is named as may be, and it is not', () => {
  const gaps: Gap[] = [];
  const tracker = new ChannelTracker(listeningTo('x:*'), 0, 1_000, (each) => gaps.push(each));
  tracker.stand({ 'x:own': { offset: 3, epoch: 'e' } }, () => true, 0);
  const mine = { type: 'event', category: 'x', priority: 'normal', data: null, id: '1', private: true } as const;
  tracker.take({ ...mine, channel: 'x:mine', epoch: 'e', offset: 1, timestamp: 1 }, 'live');
  const lost = Array.from({ length: 100 }, (_, i) => `x:${i}`);
  const summary = { ...NOTHING_LOST, recovered: false, lost, lostPrivate: lost, time: 10, subscriptions: 1 };
  tracker.settle(tracker.askForAll(), summary, true);
  expect(gaps.filter(({ channel = '' }) => ['x:own', 'x:mine'].includes(channel))).toEqual([]);
});

/** A client that heard private events up to an offset, at a service that gives them from some offset on, so many on a page. */
const privately = (heard: number, from: number, page: number) => {
  const gaps: Gap[] = [];
  const tracker = new ChannelTracker(listeningTo('x:*'), 2_000, 1_000, (each) => gaps.push(each));
  const mine = (offset: number, id = `${offset}`) => {
    const at = { channel: 'x:1', epoch: 'e', offset, id, timestamp: 10_000, private: true } as const;
    return { type: 'event', category: 'x', priority: 'normal', data: null, ...at } as const;
  };
  for (let offset = 1; offset <= heard; offset++) tracker.take(mine(offset), 'live');
  let last = heard;
  return {
    ...{ gaps, tracker },
    /** Another comes. */
    next: (id?: string): void => void tracker.take(mine(id === undefined ? ++last : last, id), 'live'),
    /** Asks until there is nothing to ask for. @returns how often that was. */
    catchUp: (first = tracker.askForMissing()): number => {
      let asked = 0;
      for (let ask = first; ask !== undefined && asked < 9; ask = tracker.askForMissing()) {
        asked++;
        const summary = { ...NOTHING_LOST, recovered: false, time: 10_500, subscriptions: 1 };
        for (let at = from - 1; at < last; at += page) {
          const to = Math.min(last, at + page);
          for (let offset = at + 1; offset <= to; offset++) tracker.take(mine(offset), 'replay');
          // Where a reader of this page stands, and no other.
          const stands = { 'x:1': { offset: 7, epoch: 'own', private: { offset: to, epoch: 'e' } } };
          const said = at < from ? { lostPrivate: ['x:1'], positions: stands } : {};
          tracker.settle(ask, { ...summary, ...said }, to === last);
        }
      }
      return asked;
    },
  };
};

it('where an early page ended is no end for the pages that follow', () => {
  const { tracker, gaps, catchUp } = privately(4, 3, 1);
  expect([catchUp(tracker.askForAll()), tracker.counts.events, gaps]).toEqual([1, 4, []]);
});

it('nor where it is in doubt: nothing is heard twice, and nothing declared', () => {
  const { tracker, gaps, catchUp, next } = privately(300, 10, 100);
  next('other');
  catchUp();
  next();
  catchUp();
  expect([tracker.counts.events, gaps]).toEqual([301, []]);
});

it('what is asked for again and again is declared once', () => {
  const gaps: Gap[] = [];
  const tracker = new ChannelTracker(listeningTo('x:*'), 0, 1_000, (each) => gaps.push(each));
  const mine = { type: 'event', category: 'x', priority: 'normal', data: null, channel: 'x:1', private: true } as const;
  for (const offset of [1, 5])
    tracker.take({ ...mine, epoch: 'e', offset, id: `${offset}`, timestamp: offset }, 'live');
  for (let ask = tracker.askForMissing(); ask !== undefined; ask = tracker.askForMissing()) {
    const summary = { ...NOTHING_LOST, recovered: false, lostPrivate: ['x:1'], time: 200, subscriptions: 1 };
    tracker.settle(ask, summary, true);
  }
  expect(gaps).toHaveLength(1);
});

it('what nobody listens to is not declared', () => {
  expect(declaredBy({ lost: ['y:3'], positions: { 'y:3': at } })).toEqual([]);
});

const manyLost = (length: number): readonly Gap[] => {
  const lost = Array.from({ length }, (_, i) => `x:${i}`);
  const positions = Object.fromEntries(lost.map((channel) => [channel, at]));
  return declaredBy({ lost, positions });
};

it('where all that is lost is named, nothing else is declared missing', () => {
  const gaps = manyLost(99);
  expect(gaps).toHaveLength(99);
  expect(gaps).not.toContainEqual(expect.objectContaining({ channel: undefined }));
});

it('where not all that is lost is named, something unnamed is declared missing too', () => {
  const gaps = manyLost(100);
  expect(gaps).toHaveLength(101);
  expect(gaps).toContainEqual({
    ...gap('', false),
    channel: undefined,
    epoch: undefined,
    from: undefined,
    to: undefined,
  });
});

it('[R-1] a channel first heard of while a question is under way, which was answered before that, is asked about again', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const eventOf = (offset: number) => ({
    ...{ type: 'event', id: `${offset}`, channel: 'x:1', category: 'c', priority: 'normal', timestamp: clock.now() },
    ...{ offset, epoch: 'e', data: null },
  });
  const service: ScriptedService = new ScriptedService(clock, {
    instead: {
      replay: () => {
        const isFirst = service.count('replay') === 1;
        // The first event of the channel was appended after this was read, and its frame never comes.
        if (isFirst) service.say(eventOf(2));
        const events = isFirst ? [] : [eventOf(1), eventOf(2)];
        return { type: 'replay', ...NOTHING_LOST, time: clock.now(), subscriptions: 1, final: true, events };
      },
    },
  });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const heard: number[] = [];
  client.subscribe('x:*', ({ offset }) => heard.push(offset));
  await clock.advance(1_000);
  service.sockets[0]?.shut(1006);
  await clock.advance(10_000);
  expect(heard).toEqual([1, 2]);
  await client.close();
});
