import { expect, it } from 'vitest';
import { pagesOf } from '../../../client/src/events.ts';
import { connect, type HistoryPage } from '../../../client/src/index.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { NOTHING_LOST, ScriptedService, type Sent } from './scripted-service.ts';

const setUp = () => {
  const random = new SeededRandom(3);
  const clock = new ModelClock(random);
  const service = new ModelService(clock, random);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  let made = 0;
  const publish = async (count: number, channel = 'a', targetUsers?: readonly string[]): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const told = {
        channel: parseChannel(channel),
        category: 'c',
        priority: 'normal',
        data: '{}',
        userId: 'bob',
      } as const;
      service.publish({ ...told, id: `${++made}`, ...(targetUsers && { targetUsers }) });
      await clock.advance(100);
    }
  };
  /** What is answered while time goes on. */
  const answer = async <T>(asked: Promise<T>): Promise<T> => {
    asked.catch(() => undefined);
    await clock.advance(5_000);
    return asked;
  };
  return { clock, service, client, publish, answer };
};

const ids = ({ events }: HistoryPage): string[] => events.map(({ id }) => id);

it('[R-14] history goes back page by page, and to the beginning', async () => {
  const { client, publish, answer } = setUp();
  await publish(7);
  const newest = await answer(client.history('a', { last: 3 }));
  expect(ids(newest)).toEqual(['5', '6', '7']);
  await publish(2);
  const second = await answer(client.history('a', { last: 3, ...(newest.before && { before: newest.before }) }));
  expect(ids(second)).toEqual(['2', '3', '4']);
  const first = await answer(client.history('a', { ...(second.before && { before: second.before }) }));
  expect(ids(first)).toEqual(['1']);
  expect(first).toMatchObject({ before: null, recovered: true });
  // An event is a place as well.
  const [event] = newest.events;
  expect(ids(await answer(client.history('a', { last: 1, ...(event && { before: event }) })))).toEqual(['4']);
  await client.close();
});

it('[R-14] what is read backwards moves nothing of what is heard, and closes no gap', async () => {
  const { client, service, publish, answer } = setUp();
  const heard: string[] = [];
  const gaps: unknown[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  const subscription = client.subscribe('a', ({ id }, how) => heard.push(`${id} ${how}`));
  await answer(subscription.ready);
  await publish(2);
  service.faults.drop = 1;
  await publish(2);
  const page = await answer(client.history('a'));
  expect(ids(page)).toEqual(['1', '2', '3', '4']);
  service.faults.drop = 0;
  await publish(1);
  await answer(Promise.resolve());
  expect(heard.map((each) => each[0])).toEqual(['1', '2', '3', '4', '5']);
  expect(heard).toContain('3 replay');
  // A place of long ago is no way back either.
  await answer(client.history('a', { before: { offset: 2, epoch: page.events[0]?.epoch ?? '' } }));
  await publish(1);
  expect(heard.at(-1)).toBe('6 live');
  expect(gaps).toEqual([]);
  expect(client.counts).toMatchObject({ events: 6, gaps: 0 });
  await client.close();
});

it('[R-14] a loop takes its pages, each asked for when it comes to it, from where it is told to the beginning', async () => {
  const { client, publish, answer } = setUp();
  await publish(6);
  const pages = pagesOf<number>(client, 'a', { last: 2 });
  const next = async () => (await answer(pages.next())).value;
  const newest = await next();
  expect(newest && ids(newest)).toEqual(['5', '6']);
  await publish(1);
  const second = await next();
  expect(second && ids(second)).toEqual(['3', '4']);
  const first = await next();
  expect(first && ids(first)).toEqual(['1', '2']);
  expect(await next()).toBeUndefined();
  const control = new AbortController();
  const { before } = newest ?? {};
  const others = pagesOf(client, 'a', { last: 3, signal: control.signal, ...(before && { before }) });
  const { value } = await answer(others.next());
  expect(value && ids(value)).toEqual(['2', '3', '4']);
  control.abort(new Error('enough'));
  await expect(answer(others.next())).rejects.toThrow('enough');
  await client.close();
});

it('[R-15] what was trimmed is missing of the page that ends there', async () => {
  const { client, service, publish, answer } = setUp();
  await publish(5);
  service.trim({ channel: 'a' }, 3);
  expect(await answer(client.history('a', { last: 1 }))).toMatchObject({ recovered: true });
  expect(await answer(client.history('a'))).toMatchObject({
    events: [{ id: '4' }, { id: '5' }],
    recovered: false,
    before: null,
  });
  await client.close();
});

it('[R-14] private events have a history of their own', async () => {
  const { client, publish, answer } = setUp();
  await publish(1);
  await publish(2, 'a', ['alice']);
  expect(ids(await answer(client.history('a')))).toEqual(['1']);
  expect(ids(await answer(client.history('a', { private: true })))).toEqual(['2', '3']);
  await client.close();
});

it('[R-14] a subscription begins with the last events, and hears all that follow, each once', async () => {
  const { client, publish, answer, clock } = setUp();
  await publish(9);
  const heard: string[] = [];
  const subscription = client.subscribe('a', ({ id }, how) => heard.push(`${id} ${how}`), { replay: { last: 3 } });
  // While it begins.
  await publish(4);
  await answer(subscription.ready);
  await publish(2);
  await clock.advance(1_000);
  const numbers = heard.map((each) => Number.parseInt(each, 10));
  expect(numbers.length).toBeGreaterThanOrEqual(5);
  expect(numbers).toEqual(Array.from(numbers, (_, i) => 16 - numbers.length + i));
  expect(heard.slice(0, 3).every((each) => each.endsWith(' replay'))).toBe(true);
  expect(heard.slice(-2)).toEqual(['14 live', '15 live']);
  await client.close();
});

it('[R-14] where an answer holds fewer than a subscription is to begin with, it goes on, and hears all in order', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const event = (offset: number) => ({
    ...{ type: 'event', id: `${offset}`, channel: 'a', category: 'a', priority: 'normal', timestamp: clock.now() },
    ...{ offset, epoch: 'e', data: null },
  });
  const asked: unknown[] = [];
  const service = new ScriptedService(clock, {
    features: { history: true },
    instead: {
      replay: ({ last, before }: Sent) => {
        asked.push([last, before]);
        const end = (before as { offset: number } | undefined)?.offset ?? 10;
        const whole = { type: 'replay', ...NOTHING_LOST, time: clock.now(), subscriptions: 1, final: true };
        return { ...whole, events: [event(end - 2), event(end - 1)], before: { offset: end - 2, epoch: 'e' } };
      },
    },
  });
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  client.subscribe('a', ({ id }) => heard.push(id), { replay: { last: 4 } });
  await clock.advance(10_000);
  expect(asked).toEqual([
    [4, undefined],
    [2, { offset: 8, epoch: 'e' }],
  ]);
  expect(heard).toEqual(['6', '7', '8', '9']);
  await client.close();
});

it('[R-16] the last events of a pattern are nobody’s: the subscription is refused', async () => {
  const { client, answer } = setUp();
  const subscription = client.subscribe('a:*', () => undefined, { replay: { last: 3 } });
  await expect(answer(subscription.ready)).rejects.toMatchObject({ code: 'INVALID_CHANNEL' });
  await client.close();
});

it('[R-16] says of a service that is too old that it cannot read backwards, and asks it for nothing', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock });
  const page = client.history('a');
  page.catch(() => undefined);
  const subscription = client.subscribe('b', () => undefined, { replay: { last: 3 } });
  await clock.advance(10_000);
  await expect(page).rejects.toMatchObject({ name: 'RequestError', about: 'replay', code: 'NOT_AVAILABLE' });
  await expect(subscription.ready).rejects.toMatchObject({ code: 'NOT_AVAILABLE' });
  expect(service.count('replay')).toBe(0);
  await client.close();
});

it('gives the type of the data that a map of channels has, and a loop takes such a client, too', async () => {
  const { service, clock } = setUp();
  const client = connect<{ 'talk:*': string }>({
    url: 'ws://model',
    webSocket: service.webSocket,
    clock,
    connect: false,
  });
  const pages: AsyncGenerator<HistoryPage<string>> = pagesOf<string>(client, 'talk:tea');
  const page: Promise<HistoryPage<string>> = client.history('talk:tea');
  // @ts-expect-error: a channel that the map does not have
  const other = client.history('walk:tea');
  await client.close();
  await expect(Promise.all([page, other, pages.next()])).rejects.toMatchObject({ name: 'ClosedError' });
});

it('is called off by its signal', async () => {
  const { client, publish, answer } = setUp();
  await publish(1);
  const control = new AbortController();
  const page = client.history('a', { signal: control.signal });
  control.abort(new Error('enough'));
  await expect(answer(page)).rejects.toThrow('enough');
  const compressed = client.compression({ enable: false }, { signal: AbortSignal.abort(new Error('before')) });
  await expect(answer(compressed)).rejects.toThrow('before');
  await client.close();
});
