import { expect, it } from 'vitest';
import { ChannelTracker } from '../../../client/src/channel-tracker.ts';
import { connect, type Gap, RequestError } from '../../../client/src/index.ts';
import { Registry } from '../../../client/src/registry.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { ScriptedService } from './scripted-service.ts';
import { subscriptionTo } from './subscription-to.ts';

const HOUR = 3_600_000;

/** A client that hears everything. */
const listen = ({ webSocket }: Pick<ModelService, 'webSocket'>, clock: ModelClock) => {
  const client = connect({ url: 'ws://model', user: 'alice', webSocket, clock });
  const heard: string[] = [];
  const gaps: Gap[] = [];
  const refusals: unknown[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  client.on('error', (error) => error instanceof RequestError && refusals.push(error));
  client.subscribe('**', ({ id }) => heard.push(id));
  return { client, heard, gaps, refusals };
};

it('goes on, and declares a gap, where every clock of the service was set back', async () => {
  const random = new SeededRandom(1);
  const clock = new ModelClock(random);
  const service = new ModelService(clock, random);
  const { client, heard, gaps, refusals } = listen(service, clock);
  await clock.advance(1_000);
  service.publish(event('a', '1'));
  await clock.advance(1_000);
  // Complete up to a time that is in the future soon.
  service.cut();
  await clock.advance(300_000);
  expect([heard, gaps]).toEqual([['1'], []]);

  service.cut();
  service.publish(event('a', '4'));
  service.serviceClock.ahead = -HOUR;
  for (const isConnected of [false, true]) {
    while ((client.state === 'connected') !== isConnected) await clock.advance(100);
  }
  expect(heard).toEqual(['1', '4']);
  expect(gaps).toEqual([expect.objectContaining({ channel: undefined, reason: 'trimmed' })]);
  // Of a channel never heard of, and of one whose connection is cut before it hears of it.
  service.publish(event('b', '2'));
  await clock.advance(1_000);
  service.cut();
  service.publish(event('c', '3'));
  await clock.advance(300_000);
  expect(heard).toEqual(['1', '4', '2', '3']);
  expect(gaps).toHaveLength(1);
  expect(refusals).toEqual([]);
  await client.close();
});

it('hears what bears a time again that all was heard of, of channels that were forgotten for want of room', () => {
  const registry = new Registry();
  const tracker = new ChannelTracker(registry, 0, 1, () => undefined);
  const heard: string[] = [];
  const subscription = subscriptionTo('x:*', ({ id }) => heard.push(id));
  registry.add(subscription);
  registry.get('x:*')?.confirm(0);
  const take = (channel: string, timestamp: number): void => {
    const place = { channel, timestamp, offset: 1, epoch: 'e' };
    tracker.take(
      { type: 'event', id: `${channel} at ${timestamp}`, category: 'x', priority: 'normal', data: null, ...place },
      'live',
    );
  };
  for (let n = 0; n < 5; n++) take(`x:${n}`, 1_000 + n);
  tracker.markComplete(2_000);
  heard.length = 0;
  take('x:new', 1_000);
  expect(heard).toEqual([]);
  tracker.setBack(900);
  take('x:new', 1_000);
  expect(heard).toEqual(['x:new at 1000']);
});

it('finds a history set back while it was away, though events came before it asked what it had missed', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const kept = new Map<number, string>();
  const eventOf = ([offset, id]: readonly [number, string]) => ({
    ...{ type: 'event', id, channel: 'a', category: 'c', priority: 'normal', timestamp: clock.now() },
    ...{ offset, epoch: 'e', data: null },
  });
  const append = (offset: number, id: string): void => {
    kept.set(offset, id);
    service.say(eventOf([offset, id]));
  };
  const service: ScriptedService = new ScriptedService(clock, {
    instead: {
      subscribe: ({ channels = [], patterns }) => {
        // More than are remembered of those that were heard: what comes now is not all that is to be compared.
        if (service.sockets.length > 1) for (let offset = 3; offset < 103; offset++) append(offset, `new-${offset}`);
        return { type: 'subscribed', channels, patterns, positions: {}, time: clock.now() };
      },
      replay: ({ positions }) => {
        const { a } = positions as { a?: { offset: number } };
        return {
          ...{ type: 'replay', recovered: true, truncated: false, lost: [], lostPrivate: [], positions: {} },
          ...{ next: null, time: clock.now(), subscriptions: 1, final: true },
          events: [...kept].filter(([offset]) => offset > (a?.offset ?? 0)).map(eventOf),
        };
      },
    },
  });
  const { client, heard, gaps } = listen(service, clock);
  await clock.advance(1_000);
  append(1, 'old-1');
  append(2, 'old-2');
  service.sockets[0]?.shut(1006);
  kept.set(2, 'new-2');
  await clock.advance(10_000);
  expect(heard.filter((id) => id === 'new-2')).toEqual(['new-2']);
  expect(new Set(heard).size).toBe(heard.length);
  expect(gaps).toMatchObject([{ channel: 'a', reason: 'epoch-lost' }]);
  expect(gaps[0]?.from).toBeLessThanOrEqual(2);
  await client.close();
});

it('declares no gap where a time that was in the future of the service is its present by now', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  let refused: unknown;
  const service: ScriptedService = new ScriptedService(clock, {
    refuses: ({ type, requestId, since }) => {
      if (type !== 'replay' || since === undefined || refused !== undefined) return undefined;
      refused = since;
      return { type: 'error', requestId, error: { code: 'INVALID_MESSAGE', message: 'since: in the future' } };
    },
    instead: { ping: () => ({ type: 'pong', time: refused, subscriptions: Number.MAX_SAFE_INTEGER }) },
  });
  const { client, gaps } = listen(service, clock);
  await clock.advance(1_000);
  service.sockets[0]?.shut(1006);
  await clock.advance(60_000);
  expect(refused).toBeTypeOf('number');
  // What it missed is asked for anew.
  expect([client.state, service.count('replay')]).toEqual(['connected', 1]);
  expect(gaps).toEqual([]);
  await client.close();
});

it.each([
  ['as it happened', false],
  ['while it was away', true],
])(
  'hears what is appended where a history was set back to before it subscribed, and it had heard nothing: %s',
  async (_, isAway) => {
    const clock = new ModelClock(new SeededRandom(1));
    const kept = new Map<number, { readonly id: string; readonly timestamp: number }>();
    const eventOf = (offset: number) => ({
      ...{ type: 'event', channel: 'a', category: 'c', priority: 'normal', offset, epoch: 'e', data: null },
      ...kept.get(offset),
    });
    const append = (offset: number, id: string) => {
      kept.set(offset, { id, timestamp: clock.now() });
      if (!isAway) service.say(eventOf(offset));
    };
    const service: ScriptedService = new ScriptedService(clock, {
      instead: {
        subscribe: ({ channels = [], patterns }) => ({
          ...{ type: 'subscribed', channels, patterns, time: clock.now() },
          positions: { a: { offset: kept.size, epoch: 'e' } },
        }),
        replay: ({ positions, since }) => {
          const after = (positions as { a?: { offset: number } }).a?.offset;
          const isAsked = (offset: number) =>
            after === undefined ? (kept.get(offset)?.timestamp as number) >= Number(since) : offset > after;
          return {
            ...{ type: 'replay', recovered: true, truncated: false, lost: [], lostPrivate: [], positions: {} },
            ...{ next: null, time: clock.now(), subscriptions: 1, final: true },
            events: [...kept.keys()].filter(isAsked).map(eventOf),
          };
        },
      },
    });
    for (let offset = 1; offset <= 5; offset++) kept.set(offset, { id: `old-${offset}`, timestamp: clock.now() });
    await clock.advance(1_000);
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    const heard: string[] = [];
    const gaps: Gap[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    client.subscribe('a', ({ id }) => heard.push(id));
    await clock.advance(10_000);

    if (isAway) service.sockets[0]?.shut(1006);
    for (const offset of [4, 5]) kept.delete(offset);
    for (const offset of [4, 5, 6]) {
      append(offset, `new-${offset}`);
      await clock.advance(1);
    }
    await clock.advance(60_000);
    expect(heard).toEqual(['new-4', 'new-5', 'new-6']);
    expect(gaps).toEqual([]);
    append(7, 'new-7');
    await clock.advance(60_000);
    expect(heard.slice(3)).toEqual(isAway ? [] : ['new-7']);
    expect(client.state).toBe('connected');
    await client.close();
  },
);
