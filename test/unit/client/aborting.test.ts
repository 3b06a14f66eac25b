import { expect, it } from 'vitest';
import { ClosedError, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, type Script, ScriptedService } from './scripted-service.ts';

const setUp = (script: Script = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  let asked = 0;
  const service = new ScriptedService(clock, {
    instead: {
      replay: () => {
        asked++;
        return { type: 'replay', events: [], ...NOTHING_LOST, time: clock.now(), subscriptions: 0, final: true };
      },
    },
    ...script,
  });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const sent = (type: string) => service.sent.flat().filter((request) => request.type === type);
  return { clock, client, service, sent, asked: () => asked };
};

it('a replay is called off by its signal while it waits for a connection, and is not asked for then', async () => {
  const { clock, client, asked } = setUp();
  const control = new AbortController();
  const page = client.replay({ since: 0 }, { signal: control.signal });
  control.abort(new Error('enough'));
  await expect(page).rejects.toThrow('enough');
  await clock.advance(10_000);
  expect(asked()).toBe(0);
  await client.close();
});

it('who waits for the connection is called off by a signal, and the client goes on connecting', async () => {
  const { clock, client } = setUp();
  const control = new AbortController();
  const called = client.connected({ signal: control.signal });
  await expect(client.connected({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  control.abort(new Error('enough'));
  await expect(called).rejects.toThrow('enough');
  const other = client.connected({ signal: new AbortController().signal });
  await clock.advance(10_000);
  await other;
  expect(client.state).toBe('connected');
  await client.close();
  await expect(client.connected({ signal: new AbortController().signal })).rejects.toThrow(ClosedError);
});

it('one whose signal was aborted before is not asked for, and one whose is not, or later, is answered', async () => {
  const { clock, client, asked } = setUp();
  const control = new AbortController();
  await expect(client.replay({ since: 0 }, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
    'before',
  );
  const page = client.replay({ since: 0 }, { signal: control.signal });
  await clock.advance(10_000);
  await expect(page).resolves.toMatchObject({ recovered: true });
  control.abort();
  expect(asked()).toBe(1);
  await client.close();
});

it('a broadcast that was not sent is taken back, and those before and behind it go on', async () => {
  const { clock, client, sent } = setUp();
  const control = new AbortController();
  const [first, taken, last] = [
    client.broadcast('a', 1),
    client.broadcast('a', 2, { signal: control.signal }),
    client.broadcast('a', 3),
  ];
  control.abort(new Error('enough'));
  await expect(taken).rejects.toThrow('enough');
  await expect(client.broadcast('a', 4, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  await clock.advance(10_000);
  await Promise.all([first, last]);
  expect(sent('broadcast').map(({ data }) => data)).toEqual([1, 3]);
  expect(client.counts.unacknowledged).toBe(0);
  await client.close();
});

it('one that was sent is of unknown outcome, and is not sent again', async () => {
  const { clock, client, service, sent } = setUp({ answers: 1_000 });
  const control = new AbortController();
  const taken = client.broadcast('a', 1, { id: 'i', signal: control.signal });
  const next = client.broadcast('a', 2);
  await clock.advance(500);
  expect(sent('broadcast')).toHaveLength(1);
  control.abort(new Error('enough'));
  await expect(taken).rejects.toMatchObject({ name: 'OutcomeUnknownError', id: 'i' });
  // Its answer never comes: what follows goes over another connection.
  service.sockets.at(-1)?.shut(1006);
  await clock.advance(30_000);
  await next;
  expect(sent('broadcast').map(({ data }) => data)).toEqual([1, 2]);
  await client.close();
});

it('a signal that is aborted once a broadcast is acknowledged changes nothing', async () => {
  const { clock, client } = setUp();
  const control = new AbortController();
  const acked = client.broadcast('a', 1, { id: 'i', signal: control.signal });
  await clock.advance(10_000);
  control.abort();
  await expect(acked).resolves.toEqual({ id: 'i' });
  await client.close();
});

it('a subscription ends with its signal, and is not subscribed to where that was before', async () => {
  const { clock, client, sent } = setUp();
  const told: unknown[] = [];
  client.on('error', (error) => told.push(error));
  const [early, late, never] = [new AbortController(), new AbortController(), new AbortController()];
  const first = client.subscribe('a', () => undefined, { signal: early.signal });
  const second = client.subscribe('b', () => undefined, { signal: late.signal });
  const third = client.subscribe('c', () => undefined, { signal: never.signal });
  const fourth = client.subscribe('d', () => undefined, { signal: AbortSignal.abort(new Error('before')) });
  early.abort(new Error('enough'));
  await expect(first.ready).rejects.toThrow('enough');
  await expect(fourth.ready).rejects.toThrow('before');
  await clock.advance(10_000);
  await Promise.all([second.ready, third.ready]);
  late.abort();
  third.unsubscribe();
  never.abort();
  await clock.advance(10_000);
  expect([first, second, third, fourth].map(({ hasEnded }) => hasEnded)).toEqual([true, true, true, true]);
  const texts = (type: string) => sent(type).flatMap(({ channels }) => channels);
  expect(texts('subscribe')).toEqual(['b', 'c']);
  expect(texts('unsubscribe')).toEqual(['b', 'c']);
  expect(told).toEqual([]);
  await client.close();
});
