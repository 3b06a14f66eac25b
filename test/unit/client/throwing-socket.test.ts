import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

it('a socket that throws what it is to send is given up at once, and what was asked goes over the next', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  let isBroken = false;
  class Throwing extends service.webSocket {
    override send(text: string): void {
      if (isBroken) throw new Error('the socket takes nothing');
      super.send(text);
    }
  }
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: Throwing, clock });
  await clock.advance(1_000);
  isBroken = true;
  const acked = client.broadcast('a', 1);
  await clock.advance(0);
  isBroken = false;
  expect(client.state).not.toBe('connected');
  await clock.advance(5_000);
  expect(await acked).toEqual({ id: expect.any(String) });
  expect(service.sockets).toHaveLength(2);
  await client.close();
});
