import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

/** A client of a service that says when to come back. */
const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const began = clock.now();
  const opened: number[] = [];
  const service = new ScriptedService(clock, {
    opens: 0,
    greets: 0,
    on: (moment) => moment === 'made' && opened.push(clock.now() - began),
  });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const say = (after: unknown) => service.say({ type: 'reconnect', after });
  const shut = (code: number) => service.sockets.at(-1)?.shut(code);
  return { clock, client, opened, say, shut };
};

it('[P-4] a client comes back when it was told to, and not before', async () => {
  const { clock, client, opened, say, shut } = setUp();
  await clock.advance(10_000);
  say(7_000);
  await clock.advance(2_000);
  shut(1012);
  await clock.advance(4_999);
  expect(client.state).toBe('waiting');
  expect(opened).toEqual([0]);
  await clock.advance(2);
  expect(opened).toEqual([0, 17_000]);
  expect(client.state).toBe('connected');
  await client.close();
});

it('[P-4] a client whose connection is still open by then goes over to another', async () => {
  const { clock, client, opened, say } = setUp();
  await clock.advance(10_000);
  say(7_000);
  await clock.advance(7_001);
  expect(opened).toEqual([0, 17_000]);
  expect(client.state).toBe('connected');
  expect(client.counts.connections).toBe(2);
  await client.close();
});

it.each(['soon', -1, null, Number.MAX_VALUE])(
  'a client that is told to come back after %s does come back',
  async (after) => {
    const { clock, client, opened, say, shut } = setUp();
    await clock.advance(10_000);
    say(after);
    shut(1012);
    await clock.advance(600_001);
    expect(opened.length).toBeGreaterThan(1);
    await client.close();
  },
);
