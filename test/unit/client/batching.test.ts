import { expect, it } from 'vitest';
import { type Capability, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

it.each<[string, Capability[], number]>([
  ['several broadcasts', ['batch'], 2],
  ['one broadcast, where it did not declare that it takes batches', ['chunk', 'compression'], 4],
])('[B-6] a client sends in one frame %s', async (_, capabilities, frames) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, capabilities });
  await clock.advance(1_000);
  const acked = Promise.all([1, 2, 3, 4].map((data) => client.broadcast('a', data)));
  await clock.advance(1_000);
  expect(await acked).toHaveLength(4);
  expect(service.sent.flat().map(({ data }) => data)).toEqual([1, 2, 3, 4]);
  expect(service.frames).toBe(frames);
  await client.close();
});
