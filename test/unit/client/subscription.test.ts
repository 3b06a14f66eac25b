import { expect, it } from 'vitest';
import { RequestError } from '../../../client/src/errors.ts';
import type { Event } from '../../../client/src/messages.ts';
import { type SubscribeOptions, Subscription } from '../../../client/src/subscription.ts';

const event = (offset: number, fields: Partial<Event> = {}): Event => ({
  ...{ type: 'event', id: `${offset}`, channel: 'a', category: 'c', priority: 'normal', epoch: 'e' },
  ...{ timestamp: 1_000 + offset, offset, data: offset },
  ...fields,
});

/** A subscription, and what its handler and its client are told. */
const subscribed = (options: SubscribeOptions = {}, onEvent: (offset: number) => unknown = () => undefined) => {
  const heard: [offset: number, how: string][] = [];
  const told: unknown[] = [];
  const introduced = Promise.withResolvers<void>();
  const handler = ({ offset }: { readonly offset: number }, how: string): unknown => {
    heard.push([offset, how]);
    return onEvent(offset);
  };
  const subscription: Subscription = new Subscription('a', handler, options, {
    refused: (_, cause) => told.push(['refused', cause]),
    failed: (_, { offset }, cause) => told.push(['failed', offset, cause]),
    end: () => told.push('ended'),
    introduced: () => introduced.promise,
  });
  subscription.waiting = [];
  return { subscription, heard, told, introduced };
};

/** As it is done for another user. */
const restart = (subscription: Subscription): void => {
  subscription.restart();
  subscription.waiting = [];
};

/** Whether it is ready by now: undefined where it is not settled. */
const isReady = (subscription: Subscription): Promise<boolean | undefined> =>
  Promise.race([
    subscription.ready.then(
      () => true,
      () => false,
    ),
    new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
  ]);

const SINCE = { since: 1_000 };

it('keeps events back until the service has it, and is ready once that has introduced itself', async () => {
  const { subscription, heard, introduced } = subscribed();
  subscription.hear(event(1), 'live');
  expect(heard).toEqual([]);
  subscription.confirm(SINCE);
  subscription.hear(event(2), 'live');
  expect(heard.map(([offset]) => offset)).toEqual([1, 2]);
  expect(await isReady(subscription)).toBeUndefined();
  introduced.resolve();
  expect(await isReady(subscription)).toBe(true);
});

it.each([{ initialState: true }, { replay: {} }])('hears what it begins with first, each once: %j', (options) => {
  const { subscription, heard } = subscribed(options);
  subscription.hearFirst(event(9), 'state');
  expect([subscription.wantsBeginning, heard]).toEqual([false, []]);
  subscription.confirm(SINCE);
  expect(subscription.wantsBeginning).toBe(true);
  for (const offset of [2, 3, 3, 2]) subscription.hearFirst(event(offset), 'replay');
  for (const offset of [3, 4]) subscription.hear(event(offset), 'live');
  subscription.hear(event(1, { private: true }), 'live');
  subscription.hear(event(1, { epoch: 'f' }), 'live');
  expect(heard.map(([offset]) => offset)).toEqual([2, 3]);
  subscription.begin();
  subscription.begin();
  expect(subscription.wantsBeginning).toBe(false);
  subscription.hear(event(4), 'live');
  subscription.hear(event(3), 'live');
  // Each sequence by itself: of a user’s own, and of a history that began since.
  expect(heard.slice(2)).toEqual([
    [4, 'live'],
    [1, 'live'],
    [1, 'live'],
    [4, 'live'],
  ]);
});

it('begins at once where it goes on where another was, whatever it would begin with', () => {
  const { subscription, heard } = subscribed({ initialState: true, replay: {} });
  subscription.waiting = undefined;
  subscription.hear(event(1), 'live');
  subscription.confirm(SINCE);
  subscription.hear(event(2), 'live');
  expect(subscription.wantsBeginning).toBe(false);
  expect(heard.map(([offset]) => offset)).toEqual([1, 2]);
});

it('leaves out what was replayed for others from before the service had it, unless it follows what was heard', () => {
  const { subscription, heard } = subscribed();
  subscription.confirm({ since: 2_000 });
  const early = (offset: number) => event(offset, { timestamp: 1_999 });
  subscription.hear(early(1), 'replay');
  subscription.hear(early(2), 'live');
  subscription.hear(early(3), 'replay');
  subscription.hear({ ...early(4), channel: 'b' }, 'replay');
  subscription.hear(event(5, { timestamp: 2_000, channel: 'b' }), 'replay');
  expect(heard.map(([offset]) => offset)).toEqual([2, 3, 5]);
});

it('hears nothing more once it has ended, and ends once', async () => {
  const { subscription, heard, told } = subscribed({ replay: {} });
  subscription.confirm(SINCE);
  subscription.hear(event(1), 'live');
  subscription.unsubscribe();
  subscription.unsubscribe();
  subscription.refuse(new RequestError('subscription', 'FORBIDDEN', 'no', undefined));
  subscription.hearFirst(event(2), 'replay');
  subscription.begin();
  subscription.hear(event(3), 'live');
  expect([heard, told]).toEqual([[], ['ended']]);
  expect(subscription.hasEnded).toBe(true);
  expect(await isReady(subscription)).toBe(true);
});

it('is refused once, and rejects with why', async () => {
  const { subscription, told } = subscribed();
  const error = new RequestError('subscription', 'FORBIDDEN', 'no', undefined);
  subscription.refuse(error);
  subscription.refuse(error);
  expect(told).toEqual(['ended', ['refused', error]]);
  await expect(subscription.ready).rejects.toBe(error);
});

it('ends while it hears what it begins with, and hears no more of that', () => {
  const { subscription, heard } = subscribed({}, (offset) => {
    if (offset === 2) subscription.unsubscribe();
  });
  for (const offset of [1, 2, 3]) subscription.hear(event(offset), 'live');
  subscription.confirm(SINCE);
  expect(heard.map(([offset]) => offset)).toEqual([1, 2]);
});

it('begins anew for another user, who has heard nothing', async () => {
  let isAnother = false;
  const { subscription, heard, introduced } = subscribed({}, () => {
    if (!isAnother) restart(subscription);
    isAnother = true;
  });
  introduced.resolve();
  for (const offset of [1, 2]) subscription.hear(event(offset), 'live');
  subscription.confirm(SINCE);
  expect(heard.map(([offset]) => offset)).toEqual([1]);
  expect(await isReady(subscription)).toBeUndefined();
  subscription.hear(event(3), 'live');
  subscription.confirm(SINCE);
  expect(heard.map(([offset]) => offset)).toEqual([1, 3]);
  restart(subscription);
  subscription.confirm(SINCE);
  subscription.hear(event(3), 'live');
  expect(heard.map(([offset]) => offset)).toEqual([1, 3, 3]);
});

it('forgets with another user what it heard, and what was heard early', () => {
  const { subscription, heard } = subscribed({ replay: {} });
  subscription.confirm({ since: 2_000 });
  subscription.hearFirst(event(5), 'replay');
  subscription.begin();
  subscription.hear(event(6, { timestamp: 1_999 }), 'live');
  restart(subscription);
  subscription.confirm({ since: 2_000 });
  subscription.begin();
  subscription.hear(event(7, { timestamp: 1_999 }), 'replay');
  subscription.hear(event(5, { timestamp: 2_001 }), 'live');
  expect(heard.map(([offset]) => offset)).toEqual([5, 6, 5]);
});

it('tells of what its handler throws, or rejects with, and goes on', async () => {
  const cause = new Error('handled badly');
  const { subscription, told } = subscribed({}, (offset) => {
    if (offset === 1) throw cause;
    return offset === 2 ? Promise.reject(cause) : null;
  });
  subscription.confirm(SINCE);
  for (const offset of [1, 2, 3]) subscription.hear(event(offset), 'live');
  await new Promise(setImmediate);
  expect(told).toEqual([
    ['failed', 1, cause],
    ['failed', 2, cause],
  ]);
});
