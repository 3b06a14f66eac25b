import { expect, it } from 'vitest';
import { eventsOf } from '../../../client/src/events.ts';
import { connect } from '../../../client/src/index.ts';
import { createTestService } from '../../../client/testing/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

/** A client, and a loop over what it hears, which writes down what it took and how it ended. */
const setUp = (
  text: string,
  options: Parameters<typeof eventsOf>[2] = {},
  onEvent: (data: number) => unknown = () => undefined,
) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const taken: number[] = [];
  const loop = async (): Promise<unknown> => {
    try {
      for await (const { data } of eventsOf<number>(client, text, options)) {
        taken.push(data);
        if ((await onEvent(data)) === 'leave') return 'left';
      }
      return 'over';
    } catch (error) {
      return error;
    }
  };
  const say = (...offsets: readonly number[]): void => {
    for (const offset of offsets) {
      service.say({
        type: 'event',
        ...{ id: `${offset}`, channel: 'a', category: 'c', priority: 'normal', timestamp: 1e15 },
        ...{ offset, epoch: 'e', data: offset },
      });
    }
  };
  const unsubscribed = () => service.sent.flat().filter(({ type }) => type === 'unsubscribe');
  return { clock, client, taken, ended: loop(), say, unsubscribed };
};

it('gives a loop every event, in order, also those that come while it is busy, until the client is closed', async () => {
  const { clock, client, taken, ended, say } = setUp('a');
  await clock.advance(1_000);
  say(1, 2);
  await clock.advance(10);
  say(3);
  await clock.advance(10);
  await client.close();
  expect(await ended).toBe('over');
  expect(taken).toEqual([1, 2, 3]);
});

it('unsubscribes where the loop is left', async () => {
  const { clock, client, taken, ended, say, unsubscribed } = setUp('a', {}, (data) =>
    data === 2 ? 'leave' : undefined,
  );
  await clock.advance(1_000);
  say(1, 2, 3);
  expect(await ended).toBe('left');
  await clock.advance(1_000);
  expect(taken).toEqual([1, 2]);
  expect(unsubscribed()).toMatchObject([{ channels: ['a'] }]);
  await client.close();
});

it('ends with the reason of its signal, and drops what waits', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const { clock, client, taken, ended, say, unsubscribed } = setUp('a', { signal: controller.signal }, (data) => {
    if (data === 1) controller.abort(reason);
    say(4);
  });
  await clock.advance(1_000);
  say(1, 2, 3);
  expect(await ended).toBe(reason);
  await clock.advance(1_000);
  expect(taken).toEqual([1]);
  expect(unsubscribed()).toHaveLength(1);
  await client.close();
});

it('subscribes to nothing where its signal was aborted before', async () => {
  const { clock, client, ended, unsubscribed } = setUp('a', { signal: AbortSignal.abort('never') });
  expect(await ended).toBe('never');
  await clock.advance(1_000);
  expect(unsubscribed()).toEqual([]);
  await client.close();
});

it('says where more wait than may, behind those that do, and gives none that come later', async () => {
  const { clock, client, taken, ended, say } = setUp('a', { most: 2 }, () => say(5));
  await clock.advance(1_000);
  say(1, 2, 3, 4);
  expect(await ended).toMatchObject({
    name: 'TooSlowError',
    message: expect.stringContaining('More than 2 events of a'),
  });
  expect(taken).toEqual([1, 2]);
  await client.close();
});

it('throws where it is refused', async () => {
  const { clock, client, ended } = setUp('not a channel');
  await clock.advance(1_000);
  expect(await ended).toMatchObject({ code: 'INVALID_CHANNEL' });
  await client.close();
});

it('throws where the client is closed already', async () => {
  const { client } = setUp('a');
  await client.close();
  await expect(eventsOf(client, 'a').next()).rejects.toThrow(/closed/i);
});

it('goes on where another subscription is refused, and throws where its own is lost later', async () => {
  const service = createTestService();
  const client = service.connect({ user: 'alice' });
  client.on('error', () => undefined);
  const events = eventsOf<number>(client, 'a');
  const first = events.next();
  await service.settled();
  service.refuse('subscribe', { code: 'FORBIDDEN' });
  await expect(client.subscribe('b', () => undefined).ready).rejects.toMatchObject({ code: 'FORBIDDEN' });
  await service.publish('a', 1);
  expect((await first).value).toMatchObject({ data: 1 });
  const refused = expect(events.next()).rejects.toMatchObject({ name: 'SubscriptionError', code: 'FORBIDDEN' });
  service.refuse('subscribe', { code: 'FORBIDDEN' });
  service.drop();
  await service.advance(60_000);
  await refused;
  await service.close();
});

it('listens to its signal, its client and its channel no longer than the loop lasts', async () => {
  const controller = new AbortController();
  const removed: unknown[] = [];
  const { signal } = controller;
  const remove = signal.removeEventListener.bind(signal);
  const added: unknown[] = [];
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added.push(args[1]);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    removed.push(args[1]);
    remove(...args);
  };
  const { clock, client, ended, say } = setUp('a', { signal }, () => 'leave');
  await clock.advance(1_000);
  say(1);
  expect(await ended).toBe('left');
  expect(added.length).toBeGreaterThan(0);
  expect(new Set(removed)).toEqual(new Set(added));
  await client.close();
});
