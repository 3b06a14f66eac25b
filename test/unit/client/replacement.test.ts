import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

it('goes on broadcasting where a replacement ended while the connection before it awaited an answer', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, { answers: 1_000 });
  const { webSocket } = service;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket, clock, replaceAfter: 10_000 });
  while (service.sockets.length < 2) await clock.advance(10);
  const acked: string[] = [];
  for (const id of ['first', 'second']) void client.broadcast('a', id, { id }).then(() => acked.push(id));
  // The first is in flight on the old connection, and the new one waits for its answer.
  await clock.advance(500);
  service.sockets[1]?.shut(1006);
  await clock.advance(5_000);
  expect(acked).toEqual(['first', 'second']);
  expect(service.sent[0]?.map(({ id }) => id)).toEqual(acked);
  await client.close();
});

it('broadcasts over the next connection where one ends in the moment in which it opens', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service: ScriptedService = new ScriptedService(clock, {
    on: (moment, number) => {
      if (moment === 'open' && number === 1) service.sockets[0]?.shut(1006);
    },
  });
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock });
  const acked = client.broadcast('a', 1, { id: 'first' });
  await clock.advance(10_000);
  expect(await acked).toEqual({ id: 'first' });
  expect(service.sent[0]).toEqual([]);
  await client.close();
});

it('replaces a connection at the next try where the first replacement ended before it had caught up', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, {
    // The second ends before it is told what it subscribes to.
    on: (moment, socket) => {
      if (moment === 'greeted' && socket === 2) service.sockets.at(-1)?.shut(1006);
    },
    answers: 5_000,
  });
  const client = connect({
    ...{ url: 'ws://service', user: 'alice', clock, webSocket: service.webSocket },
    replaceAfter: 60_000,
  });
  client.subscribe('a', () => undefined);
  while (service.sockets.length < 2) await clock.advance(1_000);
  expect(client.state).toBe('connected');
  await clock.advance(120_000);
  expect(service.sockets.length).toBeGreaterThan(2);
  expect(client.state).toBe('connected');
  await client.close();
});

it('tries a replacement that cannot be opened again ten seconds later, and goes on with the connection there is', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const made: number[] = [];
  const service: ScriptedService = new ScriptedService(clock, {
    on: (moment, socket) => {
      if (moment !== 'made') return;
      made.push(clock.now());
      if (socket > 1) clock.after(0, () => service.sockets[socket - 1]?.shut(1006));
    },
  });
  const { webSocket } = service;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket, clock, replaceAfter: 60_000 });
  while (made.length < 4) await clock.advance(1_000);
  const waited = made.slice(2).map((time, i) => time - (made[i + 1] as number));
  expect(waited).toEqual([10_000, 10_000]);
  const acked = client.broadcast('a', 1, { id: 'first' });
  await clock.advance(1_000);
  expect(await acked).toEqual({ id: 'first' });
  await client.close();
});

it('replaces no connection more than once a second, however short their time is to be', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const { webSocket } = service;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket, clock, replaceAfter: 1 });
  await clock.advance(10_000);
  expect(service.sockets.length).toBeLessThanOrEqual(11);
  await client.close();
});
