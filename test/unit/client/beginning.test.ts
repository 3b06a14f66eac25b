import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { NOTHING_LOST, ScriptedService, type Sent } from './scripted-service.ts';

const eventAt = (offset: number, timestamp: number) => ({
  ...{ type: 'event', id: `e${offset}`, channel: 'a', category: 'a', priority: 'normal', userId: 'bob' },
  ...{ timestamp, offset, epoch: 'e', data: null },
});

it('[E-1] hears all that follows an event that it heard before the service had confirmed the subscription', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  let before = 0;
  const service = new ScriptedService(clock, {
    answers: 1_000,
    instead: {
      subscribe: ({ channels, patterns }: Sent) => ({
        ...{ type: 'subscribed', channels, patterns, time: clock.now() },
        positions: { a: { offset: 2, epoch: 'e' } },
      }),
      replay: () => ({
        ...{
          type: 'replay',
          events: [eventAt(1, before), eventAt(2, before)],
          final: true,
          recovered: true,
          next: null,
        },
        ...{ truncated: false, lost: [], lostPrivate: [], positions: {}, time: clock.now(), subscriptions: 1 },
      }),
    },
  });
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  client.subscribe('a', ({ id }) => heard.push(id));
  await clock.advance(500);
  // The subscription is durable by now, and its answer is on the way; the second event comes by the replay alone.
  before = clock.now();
  service.say(eventAt(1, before));
  await clock.advance(5_000);
  service.say(eventAt(3, clock.now()));
  await clock.advance(1_000);
  expect(heard).toEqual(['e1', 'e2', 'e3']);
  await client.close();
});

it.each([{ replay: {} }, { initialState: true }])(
  'begins as it says where another of the same text was ready long ago: %j',
  async (options) => {
    const random = new SeededRandom(1);
    const clock = new ModelClock(random);
    const service = new ModelService(clock, random);
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    client.subscribe('a', () => undefined);
    await clock.advance(1_000);
    service.publish(event('a', 'p1'));
    await clock.advance(1_000);
    const heard: string[] = [];
    await Promise.all([client.subscribe('a', ({ id }) => heard.push(id), options).ready, clock.advance(1_000)]);
    expect(heard).toEqual(['p1']);
    await client.close();
  },
);

it.each(['y:*', 'x:*'])(
  '[P-2] asks for the first event of a channel that was lost on its way, also where %s was heard before',
  async (pattern) => {
    const random = new SeededRandom(1);
    const clock = new ModelClock(random);
    const service = new ModelService(clock, random);
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    const heard: string[] = [];
    client.subscribe(pattern, () => undefined);
    await clock.advance(1_000);
    client.subscribe('x:1', ({ id }) => heard.push(id));
    await clock.advance(1_000);
    service.faults.drop = 1;
    service.publish(event('x:1', 'p1'));
    await clock.advance(1_000);
    service.faults.drop = 0;
    await clock.advance(60_000);
    expect(heard).toEqual(['p1']);
    await client.close();
  },
);

it('[E-1] hears what follows a private event that came early on a channel that has no events of its own', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const kept: ReturnType<typeof eventAt>[] = [];
  const append = (): object => {
    const event = { ...eventAt(kept.length + 1, clock.now()), private: true };
    kept.push(event);
    return event;
  };
  const service = new ScriptedService(clock, {
    instead: {
      // The first is not answered.
      subscribe: ({ channels, patterns }) => ({
        type: service.sockets.length > 1 ? 'subscribed' : 'late',
        ...{ channels, patterns, positions: {}, time: clock.now() },
      }),
      replay: ({ since }) => ({
        ...{ ...NOTHING_LOST, type: 'replay', final: true, time: clock.now(), subscriptions: 1 },
        events: kept.filter(({ timestamp }) => timestamp >= Number(since)),
      }),
    },
  });
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock });
  const [heard, gaps]: [string[], unknown[]] = [[], []];
  client.on('gap', (gap) => gaps.push(gap));
  client.subscribe('*', ({ id }) => heard.push(id));
  await clock.advance(500);
  service.say(append());
  await clock.advance(500);
  // The second comes while it has no connection, and before it is subscribed.
  service.sockets.at(-1)?.shut(1006);
  append();
  await clock.advance(5_000);
  expect(client.state).toBe('connected');
  service.say(append());
  await clock.advance(5_000);
  expect([heard, gaps]).toEqual([['e1', 'e2', 'e3'], []]);
  await client.close();
});
