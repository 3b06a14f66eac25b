import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import {
  type Heard,
  type History,
  heardStore,
  historyStore,
  type Source,
  stateStore,
} from '../../../client/src/store.ts';
import { createTestService } from '../../../client/testing/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, type Script, ScriptedService, type Sent } from './scripted-service.ts';

const event = (offset: number, channel = 'a') => ({
  type: 'event',
  ...{ id: `${offset}`, channel, category: 'c', priority: 'normal', timestamp: 1e15, offset, epoch: 'e', data: offset },
});

const setUp = (script: Script = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const asked = (type: string): readonly Sent[] => service.sent.flat().filter((sent) => sent.type === type);
  return { clock, service, client, asked };
};

/** Whoever shows a store: how often it was told, and what it saw. */
const watch = <Snapshot>(store: { subscribe(listener: () => void): () => void; getSnapshot(): Snapshot }) => {
  const seen: Snapshot[] = [];
  return { seen, end: store.subscribe(() => seen.push(store.getSnapshot())) };
};

it('shows where the connection stands', async () => {
  const { clock, client } = setUp();
  const store = stateStore(client);
  const { seen, end } = watch(store);
  expect(store.getSnapshot()).toBe('connecting');
  await clock.advance(1_000);
  end();
  await client.close();
  expect(seen).toEqual(['connected']);
  expect(store.getSnapshot()).toBe('closed');
});

it('begins nothing before anybody listens, and shows the same nothing meanwhile', async () => {
  const { clock, client, asked } = setUp();
  const store = heardStore(client, 'a');
  expect(store.getSnapshot()).toBe(heardStore(client, 'a').getSnapshot());
  await clock.advance(1_000);
  expect(asked('subscribe')).toEqual([]);
  await client.close();
});

it('keeps no event where none is to be kept, and refuses to keep what is no number of events', async () => {
  const { clock, service, client } = setUp();
  const store = heardStore<number>(client, 'a', { keep: 0 });
  const { seen, end } = watch(store);
  await clock.advance(1_000);
  service.say(event(1));
  expect(seen.at(-1)).toMatchObject({ events: [], isReady: true });
  end();
  for (const keep of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => heardStore(client, 'a', { keep })).toThrow(
      new RangeError(`keep: expected a whole number from 0, not ${keep}`),
    );
  await client.close();
});

it('shows the newest events, as the same object until there is another', async () => {
  const { clock, service, client } = setUp();
  const store = heardStore<number>(client, 'a', { keep: 2 });
  const { end } = watch(store);
  await clock.advance(1_000);
  expect(store.getSnapshot()).toMatchObject({ events: [], isReady: true, error: undefined });
  for (const offset of [1, 2, 3]) service.say(event(offset));
  expect(store.getSnapshot().events.map(({ data }) => data)).toEqual([2, 3]);
  expect(store.getSnapshot()).toBe(store.getSnapshot());
  end();
  await client.close();
});

it('has one subscription behind all stores that ask for the same, and another for what is asked otherwise', async () => {
  const { clock, service, client } = setUp();
  const subscriptions: string[] = [];
  const source: Source = {
    get state() {
      return client.state;
    },
    on: (name, listener) => client.on(name, listener),
    replay: (question) => client.replay(question),
    subscribe: <Data>(text: string, ...rest: [never]) => {
      subscriptions.push(text);
      return client.subscribe<Data>(text as never, ...rest);
    },
  };
  const watched = [
    heardStore(source, 'a'),
    heardStore(source, 'a'),
    heardStore(source, 'a', { keep: 1 }),
    heardStore(source, 'b'),
  ].map((store) => ({ store, ...watch(store) }));
  await clock.advance(1_000);
  service.say(event(1));
  expect(subscriptions).toEqual(['a', 'a', 'b']);
  expect(watched.map(({ store }) => store.getSnapshot().events.length)).toEqual([1, 1, 1, 0]);
  for (const { end } of watched) end();
  await client.close();
});

it('goes on where its last listener comes back at once, and ends where he does not', async () => {
  const { clock, service, client, asked } = setUp();
  const store = heardStore(client, 'a');
  const first = watch(store);
  await clock.advance(1_000);
  service.say(event(1));
  first.end();
  const second = watch(store);
  await clock.advance(1_000);
  expect(store.getSnapshot().events).toHaveLength(1);
  expect(asked('unsubscribe')).toEqual([]);
  second.end();
  await clock.advance(1_000);
  expect(asked('unsubscribe')).toMatchObject([{ channels: ['a'] }]);
  expect(store.getSnapshot()).toMatchObject({ events: [], isReady: false });
  await client.close();
});

it('goes on hearing where another subscription is refused, or something else fails', async () => {
  const { clock, service, client } = setUp();
  const store = heardStore(client, 'a');
  const { end } = watch(store);
  const errors: string[] = [];
  client.on('error', ({ name }) => errors.push(name));
  client.subscribe('not a channel', () => undefined).ready.catch(() => undefined);
  await clock.advance(1_000);
  service.say({ type: 'error', error: { code: 'RATE_LIMIT_EXCEEDED', message: 'x' } });
  await clock.advance(1_000);
  expect(errors).toEqual(['SubscriptionError', 'RequestError']);
  service.say(event(1));
  expect(store.getSnapshot()).toMatchObject({ isReady: true, error: undefined, events: [{ data: 1 }] });
  end();
  await client.close();
});

it('shows why nothing is heard', async () => {
  const { clock, client } = setUp();
  const store = heardStore(client, 'not a channel');
  const { end } = watch(store);
  await clock.advance(1_000);
  expect(store.getSnapshot()).toMatchObject({
    isReady: false,
    error: { name: 'SubscriptionError', code: 'INVALID_CHANNEL' },
  });
  end();
  await client.close();
});

it('reads a history page by page, once for each time it is told to, and repeats a page that was not answered', async () => {
  const pages = [
    { events: [event(1), event(2)], next: 'c1' },
    { type: 'error', error: { code: 'INTERNAL', message: 'failed' } },
    { events: [event(3)], next: null },
  ];
  const { clock, client, asked } = setUp({
    instead: {
      replay: ({ requestId, channels, cursor }) => {
        if (channels === undefined && cursor === undefined) {
          return { type: 'replay', requestId, final: true, ...NOTHING_LOST, time: 1e15, subscriptions: 1, events: [] };
        }
        const page = pages.shift() as object;
        return 'error' in page
          ? { ...page, requestId }
          : { type: 'replay', requestId, final: true, ...NOTHING_LOST, time: 1e15, subscriptions: 1, ...page };
      },
    },
  });
  const store = historyStore<number>(client, 'a', { since: 5, limit: 2 });
  expect(store.getSnapshot()).toMatchObject({ events: [], isLoading: true, hasMore: false });
  const { end } = watch(store);
  await clock.advance(1_000);
  const shown = () => store.getSnapshot().events.map(({ data }) => data);
  expect(store.getSnapshot()).toMatchObject({ isLoading: false, hasMore: true, error: undefined });
  expect(shown()).toEqual([1, 2]);
  store.more();
  store.more();
  await clock.advance(1_000);
  expect(store.getSnapshot()).toMatchObject({ isLoading: false, hasMore: true, error: { code: 'INTERNAL' } });
  expect(shown()).toEqual([1, 2]);
  store.more();
  // Whoever shows it shows that it goes on, and no error of before.
  expect(store.getSnapshot()).toMatchObject({ isLoading: true, hasMore: true, error: undefined });
  await clock.advance(1_000);
  expect(store.getSnapshot()).toMatchObject({ isLoading: false, hasMore: false, error: undefined });
  expect(shown()).toEqual([1, 2, 3]);
  store.more();
  await clock.advance(1_000);
  const questions = asked('replay').filter(({ channels, cursor }) => channels !== undefined || cursor !== undefined);
  expect(questions).toMatchObject([
    { channels: ['a'], since: 5, limit: 2 },
    { cursor: 'c1', limit: 2 },
    { cursor: 'c1' },
  ]);
  end();
  await client.close();
});

it('reads a history once its channel is subscribed to, so that nothing falls between', async () => {
  const times = new Map<string, number>();
  const { clock, client } = setUp({
    answers: 500,
    refuses: (frame, time) => {
      for (const { type, channels } of frame.messages ?? [frame])
        if (channels !== undefined && !times.has(type)) times.set(type, time);
      return undefined;
    },
  });
  await clock.advance(2_000);
  const { end } = watch(historyStore<number>(client, 'a'));
  await clock.advance(5_000);
  expect((times.get('replay') ?? 0) - (times.get('subscribe') ?? 0)).toBeGreaterThanOrEqual(500);
  end();
  await client.close();
});

it('reads a history backwards with `last`, each page before the one there was, and subscribes to nothing', async () => {
  const { clock, client, asked } = setUp({
    features: { history: true },
    instead: {
      replay: ({ last, before }) => {
        const end = (before as { readonly offset: number } | undefined)?.offset ?? 6;
        const first = Math.max(1, end - Number(last));
        const events = Array.from({ length: end - first }, (_, i) => event(first + i));
        const place = first > 1 ? { offset: first, epoch: 'e' } : null;
        return { type: 'replay', ...NOTHING_LOST, events, before: place, time: 1, subscriptions: 0, final: true };
      },
    },
  });
  const store = historyStore<number>(client, 'a', { last: 2 });
  const { end } = watch(store);
  const shown = () => store.getSnapshot().events.map(({ data }) => data);
  await clock.advance(10_000);
  expect(store.getSnapshot()).toMatchObject({ isLoading: false, hasMore: true });
  expect(shown()).toEqual([4, 5]);
  store.more();
  await clock.advance(1_000);
  expect(shown()).toEqual([2, 3, 4, 5]);
  store.more();
  await clock.advance(1_000);
  expect(shown()).toEqual([1, 2, 3, 4, 5]);
  expect(store.getSnapshot()).toMatchObject({ isLoading: false, hasMore: false });
  store.more();
  await clock.advance(1_000);
  expect(asked('replay').map(({ last, before }) => [last, before])).toEqual([
    [2, undefined],
    [2, { offset: 4, epoch: 'e' }],
    [2, { offset: 2, epoch: 'e' }],
  ]);
  expect(asked('subscribe')).toEqual([]);
  end();
  await client.close();
});

it('begins anew for another user of the client: what the one before heard is not shown to the next', async () => {
  const service = createTestService();
  const client = service.connect({ user: 'alice' });
  const heard = watch(heardStore<string>(client, 'a', { replay: {} }));
  const past = watch(historyStore<string>(client, 'a'));
  await service.publish('a', 'for alice', { targetUsers: ['alice'] });
  await service.publish('a', 'for all');
  const shown = (seen: readonly Heard[] | readonly History[]) => seen.at(-1)?.events.map(({ data }) => data);
  expect(shown(heard.seen)).toEqual(['for alice', 'for all']);
  client.setUser({ user: 'bob' });
  await service.advance(60_000);
  expect([shown(heard.seen), shown(past.seen)]).toEqual([['for all'], ['for all']]);
  expect(heard.seen.at(-1)).toMatchObject({ isReady: true, error: undefined });
  service.drop();
  await service.advance(60_000);
  await service.publish('a', 'later');
  expect(shown(heard.seen)).toEqual(['for all', 'later']);
  heard.end();
  past.end();
  await service.close();
});

it('shows the next user nothing of what the one before had asked for, though its answer comes late', async () => {
  let greet: (greeting: { readonly userId: string }) => void = () => undefined;
  const answers: ((answer: object) => void)[] = [];
  const client = {
    connection: { userId: 'alice' },
    on: (_: string, listener: typeof greet) => {
      greet = listener;
      return () => undefined;
    },
    replay: () => new Promise((resolve) => answers.push(resolve)),
  } as unknown as Source;
  const { seen, end } = watch(historyStore(client, 'a', { last: 5 }));
  await Promise.resolve();
  greet({ userId: 'bob' });
  await Promise.resolve();
  const shown = [1, 2].map(async (offset, n) => {
    answers[n]?.({ events: [event(offset)], next: null, before: null });
    await new Promise((resolve) => void setTimeout(resolve));
    return seen.at(-1)?.events.map(({ data }) => data);
  });
  expect(answers).toHaveLength(2);
  expect(await shown[0]).not.toContain(1);
  expect(await shown[1]).toEqual([2]);
  end();
});
