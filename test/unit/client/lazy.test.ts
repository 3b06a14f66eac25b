import { expect, it, vi } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const states: string[] = [];
  let tokens = 0;
  const client = connect({
    ...{ url: 'ws://script', webSocket: service.webSocket, clock, connect: false },
    token: () => `${++tokens}`,
  });
  client.on('state', (state) => states.push(state));
  return { clock, service, client, states, tokens: () => tokens };
};

it('connects once it is told to, and does then what it was asked for before', async () => {
  const { clock, service, client, states, tokens } = setUp();
  const heard = client.subscribe('a', () => undefined);
  const sent = client.broadcast('a', 1, { id: 'i' });
  const page = client.replay({ since: 0 });
  client.reconnect();
  await clock.advance(60_000);
  expect([client.state, service.sockets.length, tokens(), states]).toEqual(['idle', 0, 0, []]);
  client.connect();
  client.connect();
  expect(client.state).toBe('connecting');
  await clock.advance(10_000);
  await heard.ready;
  await expect(sent).resolves.toEqual({ id: 'i' });
  await expect(page).resolves.toMatchObject({ recovered: true });
  expect([service.sockets.length, tokens(), states]).toEqual([1, 1, ['connecting', 'connected']]);
  await client.close();
});

it('may be closed without having connected, and does not connect after that', async () => {
  const { clock, service, client, states, tokens } = setUp();
  const { ready } = client.subscribe('a', () => undefined);
  const sent = client.broadcast('a', 1);
  const connected = client.connected();
  for (const promise of [ready, sent, connected]) promise.catch(() => undefined);
  await client.close();
  client.connect();
  await clock.advance(60_000);
  expect([client.state, service.sockets.length, tokens(), states]).toEqual(['closed', 0, 0, ['closed']]);
  for (const promise of [ready, sent, connected]) await expect(promise).rejects.toMatchObject({ name: 'ClosedError' });
});

it('needs no WebSocket, and no page, before it connects', async () => {
  vi.stubGlobal('WebSocket', undefined);
  const listen = vi.fn();
  vi.stubGlobal('addEventListener', listen);
  try {
    expect(() => connect({ url: 'ws://script' })).toThrow('No WebSocket');
    // There is no client that could be closed.
    expect(listen).not.toHaveBeenCalled();
    const client = connect({ url: 'ws://script', connect: false });
    expect(client.state).toBe('idle');
    expect(() => client.connect()).toThrow('No WebSocket');
    expect(client.state).toBe('idle');
    await client.close();
  } finally {
    vi.unstubAllGlobals();
  }
});
