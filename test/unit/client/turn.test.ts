import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const eventAt = (offset: number, timestamp: number) => ({
  ...{ type: 'event', id: `e${offset}`, channel: 'a', category: 'a', priority: 'normal', userId: 'bob' },
  ...{ timestamp, offset, epoch: 'e', data: null },
});

it('goes on with the old connection where the new one ended while it waited for its turn to ask', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, {
    answers: 1_000,
    instead: {
      replay: () => ({
        ...{ type: 'replay', events: [1, 2, 3].map((offset) => eventAt(offset, clock.now())), final: true },
        ...{ recovered: true, truncated: false, next: null, lost: [], lostPrivate: [], positions: {} },
        ...{ time: clock.now(), subscriptions: 1 },
      }),
    },
  });
  const { webSocket } = service;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket, clock, replaceAfter: 10_000 });
  const heard: string[] = [];
  client.subscribe('a', ({ id }) => heard.push(id));
  await clock.advance(5_000);
  const [old] = service.sockets;
  const say = (offset: number): void => old?.say(JSON.stringify(eventAt(offset, clock.now())));
  say(1);
  while (service.sent[1]?.some(({ type }) => type === 'subscribe') !== true) await clock.advance(10);
  await clock.advance(500);
  // The second is missing: the old one asks, and the new one, which has subscribed by then, waits for its turn.
  say(3);
  await clock.advance(700);
  service.sockets[1]?.shut(1006);
  await clock.advance(2_000);
  say(4);
  await clock.advance(1_000);
  expect(heard).toEqual(['e1', 'e2', 'e3', 'e4']);
  await client.close();
});
