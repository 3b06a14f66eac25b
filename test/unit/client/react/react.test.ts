import { beforeEach, expect, it } from 'vitest';
import type { Client } from '../../../../client/src/client.ts';
import {
  hooksOf,
  RealtimeProvider,
  useClient,
  useConnectionState,
  useHistory,
  useSubscription,
} from '../../../../client/src/react.ts';
import type { HeardOptions } from '../../../../client/src/store.ts';
import { createTestService } from '../../../../client/testing/index.ts';
import { createElement as h, Root, renderOnServer, useState } from './react.ts';

/** What the components have shown, the latest last. */
let shown: unknown[];
beforeEach(() => {
  shown = [];
});

/** A service, and how a provider connects to it. */
const served = () => {
  const service = createTestService();
  const connects: Client[] = [];
  const connect = () => {
    const client: Client = service.connect({ user: 'alice' });
    connects.push(client);
    return client;
  };
  return { service, connects, connect };
};

/** A provider with a component that shows what its hooks say. */
const withHooks = (use: () => unknown, connect: unknown): unknown =>
  h(RealtimeProvider as never, { connect } as never, h((() => void shown.push(use())) as never, {}));

const HOOKS: Readonly<Record<string, () => unknown>> = {
  useClient,
  useConnectionState,
  useSubscription: () => useSubscription('a'),
  useHistory: () => useHistory('a'),
};
const NO_EVENTS = { events: [], isReady: false, error: undefined };
const NO_PAGES = { events: [], isLoading: true, hasMore: false, error: undefined, more: expect.any(Function) };

const dataOf = (heard: unknown): unknown[] => (heard as { events: { data: unknown }[] }).events.map(({ data }) => data);

it.each(Object.entries(HOOKS))('%s says so where there is no provider', (name, use) => {
  expect(() => new Root(h(use as never, {}))).toThrow(
    new Error(`${name}() needs a <RealtimeProvider> above its component`),
  );
});

it('a provider says so where it has nothing that makes a client', () => {
  expect(() => renderOnServer(h(RealtimeProvider as never, {}))).toThrow(
    new TypeError('<RealtimeProvider> needs connect, a function that makes a client: () => connect({ url })'),
  );
});

it('connects nothing on a server, and shows what is there before anything is heard', () => {
  const { connect, connects } = served();
  for (const use of Object.values(HOOKS)) renderOnServer(withHooks(use, connect));
  expect(connects).toEqual([]);
  expect(shown).toEqual([undefined, 'connecting', NO_EVENTS, NO_PAGES]);
});

it.each([false, true])(
  'a provider has one client for as long as it is there, and closes it a moment later; in strict mode: %s',
  async (isStrict) => {
    const { service, connect, connects } = served();
    const root = new Root(withHooks(useClient, connect), isStrict);
    await service.settled();
    root.render();
    expect(shown[0]).toBeUndefined();
    expect(connects).toEqual([shown.at(-1)]);
    expect(connects[0]?.state).toBe('connected');
    root.unmount();
    expect(connects[0]?.state).toBe('connected');
    await service.settled();
    expect(connects[0]?.state).toBe('closed');
    await service.close();
  },
);

it('a provider that is hidden for long has another client when it is shown again', async () => {
  const { service, connect, connects } = served();
  const root = new Root(withHooks(useClient, connect));
  await service.settled();
  root.hide();
  root.show();
  await service.settled();
  expect(connects.map(({ state }) => state)).toEqual(['connected']);
  root.hide();
  await service.settled();
  root.show();
  await service.settled();
  expect(connects.map(({ state }) => state)).toEqual(['closed', 'connected']);
  expect(shown.at(-1)).toBe(connects[1]);
  root.unmount();
  await service.close();
});

it('shows where the connection stands', async () => {
  const { service, connect } = served();
  const root = new Root(withHooks(useConnectionState, connect));
  await service.settled();
  expect(shown).toEqual(['connecting', 'connecting', 'connected']);
  root.unmount();
  await service.close();
});

it('hears what it is told to, until it is gone, or told to hear something else or nothing', async () => {
  const { service, connect } = served();
  let change: (text: string | undefined) => void = () => undefined;
  const use = () => {
    const [text, set] = useState('a') as [string | undefined, typeof change];
    change = set;
    return useSubscription(text);
  };
  const root = new Root(withHooks(use, connect));
  const listens = () => service.connections.flatMap(({ subscriptions }) => subscriptions);
  await service.settled();
  await service.publish('a', 1);
  expect([shown[0], shown.at(-1)]).toMatchObject([NO_EVENTS, { isReady: true, events: [{ data: 1 }] }]);
  change('b');
  expect(shown.at(-1)).toEqual(NO_EVENTS);
  await service.settled();
  await service.publish('b', 2);
  expect(dataOf(shown.at(-1))).toEqual([2]);
  expect(listens()).toEqual(['b']);
  change(undefined);
  expect(shown.at(-1)).toEqual(NO_EVENTS);
  await service.settled();
  expect(listens()).toEqual([]);
  change('a');
  await service.settled();
  root.unmount();
  await service.settled();
  expect(listens()).toEqual([]);
  await service.close();
});

it('subscribes anew where its options say something else, and not where they are made anew or since is another', async () => {
  const { service, connect } = served();
  for (const data of [1, 2]) await service.publish('a', data);
  const { now } = service;
  let change: (options: HeardOptions) => void = () => undefined;
  const use = () => {
    const [options, set] = useState({ replay: { since: now - 1 } }) as [HeardOptions, typeof change];
    change = set;
    return useSubscription('a', options);
  };
  const root = new Root(withHooks(use, connect));
  const heardBehind = async (options: HeardOptions) => {
    change(options);
    await service.settled();
    return dataOf(shown.at(-1));
  };
  await service.settled();
  const before = shown.at(-1);
  expect(dataOf(before)).toEqual([1, 2]);
  expect(await heardBehind({ replay: { since: now + 60_000 } })).toEqual([1, 2]);
  expect(shown.at(-1)).toBe(before);
  expect(await heardBehind({ replay: { since: now + 60_000 }, keep: 1 })).toEqual([]);
  expect(await heardBehind({ replay: { since: now - 1 }, keep: 2 })).toEqual([1, 2]);
  expect(await heardBehind({ replay: { since: now - 1 }, keep: 1 })).toEqual([2]);
  expect(await heardBehind({ replay: { since: now + 60_000 }, keep: 1 })).toEqual([2]);
  root.unmount();
  await service.close();
});

it('reads a history page by page, as the same object until something changes', async () => {
  const { service, connect } = served();
  for (const data of [1, 2, 3]) await service.publish('a', data);
  const root = new Root(withHooks(() => useHistory('a', { limit: 2 }), connect));
  await service.settled();
  const first = shown.at(-1) as ReturnType<typeof useHistory>;
  expect([shown[0], first]).toMatchObject([NO_PAGES, { events: [{ data: 1 }, { data: 2 }], hasMore: true }]);
  root.render();
  expect(shown.at(-1)).toBe(first);
  first.more();
  await service.settled();
  expect(shown.at(-1)).toMatchObject({ events: [{ data: 1 }, { data: 2 }, { data: 3 }], hasMore: false });
  root.unmount();
  await service.close();
});

it('reads nothing of no channel', async () => {
  const { service, connect } = served();
  const root = new Root(withHooks(() => useHistory(undefined), connect));
  await service.settled();
  const read = shown.at(-1) as ReturnType<typeof useHistory>;
  expect(read).toEqual(NO_PAGES);
  read.more();
  expect(service.connections.flatMap(({ subscriptions }) => subscriptions)).toEqual([]);
  root.unmount();
  await service.close();
});

it('has the same hooks where a map of channels says what their data is', () => {
  expect(hooksOf()).toEqual({ useClient, useConnectionState, useSubscription, useHistory });
});
