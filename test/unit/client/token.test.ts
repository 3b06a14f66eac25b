import { expect, it } from 'vitest';
import { connect, TokenError } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const never = (): Promise<string> => new Promise(() => undefined);

/** Ways in which an application gives no token. */
const FAILURES: readonly (readonly [string, () => never | string | Promise<string>])[] = [
  ['never settles', never],
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('no');
    },
  ],
  ['gives nothing', () => undefined as never],
  ['gives an empty text', () => ''],
  ['gives no text', async () => ({}) as never],
];

const setUp = (token: (call: number) => string | Promise<string>, script: Script = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const errors: unknown[] = [];
  const { webSocket } = service;
  let calls = 0;
  const client = connect({ url: 'ws://model', webSocket, clock, requestTimeout: 1_000, token: () => token(++calls) });
  client.on('error', (error) => errors.push(error));
  return { clock, service, client, errors, calls: () => calls };
};

it.each(FAILURES)('a token() that %s is called again', async (_, fail) => {
  const { clock, service, client, errors, calls } = setUp((call) => (call === 1 ? fail() : 'token'));
  client.subscribe('a', () => undefined);
  await clock.advance(5_000);
  expect([client.state, service.sockets.length, calls()]).toEqual(['connected', 1, 2]);
  expect(errors).toEqual([expect.any(TokenError)]);
  await client.close();
});

it.each(FAILURES)('[P-4] one that %s while a connection is replaced leaves no client deaf', async (_, fail) => {
  const { clock, service, client, errors } = setUp((call) => (call === 2 ? fail() : 'token'));
  client.subscribe('a', () => undefined);
  await clock.advance(1_000);
  service.say({ type: 'reconnect', after: 0 });
  await clock.advance(100);
  service.sockets[0]?.shut(1012);
  await clock.advance(1);
  expect(client.state).not.toBe('connected');
  await clock.advance(10_000);
  expect([client.state, service.sockets.length]).toEqual(['connected', 2]);
  expect(errors.filter((error) => error instanceof TokenError)).toHaveLength(1);
  await client.close();
});

it.each(FAILURES)(
  '[G-7] one that %s as a session is renewed is called again in the time that is left',
  async (_, fail) => {
    const { clock, service, client, errors } = setUp((call) => (call === 2 ? fail() : 'token'), { expires: 100_000 });
    client.subscribe('a', () => undefined);
    await clock.advance(99_000);
    expect([client.state, service.sockets.length, service.count('auth')]).toEqual(['connected', 1, 1]);
    expect(errors).toEqual([expect.any(TokenError)]);
    await client.close();
  },
);
