import { expect, it } from 'vitest';
import { connect, type Gap } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';

const HOUR = 3_600_000;

it('goes on, and declares a gap, where every clock of the service was set back', async () => {
  const random = new SeededRandom(1);
  const clock = new ModelClock(random);
  const service = new ModelService(clock, random);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  const gaps: Gap[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  client.subscribe('**', ({ id }) => heard.push(id));
  await clock.advance(1_000);
  service.publish(event('a', '1'));
  await clock.advance(1_000);
  // Complete up to a time that is in the future soon.
  service.cut();
  await clock.advance(300_000);
  expect([heard, gaps]).toEqual([['1'], []]);

  service.serviceClock.ahead = -HOUR;
  service.cut();
  await clock.advance(300_000);
  expect(client.state).toBe('connected');
  expect(gaps).toEqual([expect.objectContaining({ channel: undefined, reason: 'trimmed' })]);
  // Of a channel never heard of, and of one whose connection is cut before it hears of it.
  service.publish(event('b', '2'));
  await clock.advance(1_000);
  service.cut();
  service.publish(event('c', '3'));
  await clock.advance(300_000);
  expect(heard).toEqual(['1', '2', '3']);
  expect(gaps).toHaveLength(1);
  await client.close();
});
