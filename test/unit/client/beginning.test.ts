import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService, type Sent } from './scripted-service.ts';

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
