import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

it('ends a subscription of which it does not know whether the service has it', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const error = { code: 'UNAVAILABLE', message: 'The service cannot do this now; try again', retryAfter: 1_000 };
  const service = new ScriptedService(clock, { instead: { subscribe: () => ({ type: 'error', error }) } });
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock });
  const subscription = client.subscribe('a', () => undefined);
  while (service.count('subscribe') === 0) await clock.advance(10);
  await clock.advance(100);
  subscription.unsubscribe();
  await clock.advance(10_000);
  const asked = service.sent.flat().filter(({ type }) => type === 'subscribe' || type === 'unsubscribe');
  expect(asked).toEqual([
    expect.objectContaining({ type: 'subscribe', channels: ['a'] }),
    expect.objectContaining({ type: 'unsubscribe', channels: ['a'] }),
  ]);
  await client.close();
});
