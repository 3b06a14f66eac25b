import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  return { clock, service, client };
};

afterEach(() => void vi.restoreAllMocks());

describe('what would be passed over is refused, by its name', () => {
  const hear = () => undefined;
  const given = (options: unknown): never => options as never;
  it.each<[string, (client: Client) => unknown, string]>([
    ['no options', () => connect(given(undefined)), 'connect() takes options'],
    ['another option', () => connect(given({ url: 'ws://h', usr: 'a' })), 'No option usr: connect() has user'],
    ['no address', () => connect(given({})), 'url: expected an address that begins with ws:// or wss://'],
    ['an empty one', () => connect({ url: '' }), 'url: expected a text'],
    ['one without a scheme', () => connect({ url: 'localhost:3001' }), 'url: expected an address'],
    ['a path', () => connect({ url: '/ws' }), 'url: expected an address'],
    ['another scheme', () => connect({ url: 'http://h' }), 'url: expected an address'],
    [
      'that of a socket',
      () => connect({ url: 'ws://h', httpUrl: 'ws://h' }),
      'httpUrl: expected an address that begins',
    ],
    ['a text for a token', () => connect(given({ url: 'ws://h', token: 'abc' })), 'token: expected a function'],
    ['nobody', () => connect({ url: 'ws://h', user: '' }), 'user: expected a text'],
    ['null', () => connect(given({ url: 'ws://h', positions: null })), 'positions: expected a object'],
    ['a user alone', (client) => client.setUser(given('bob')), 'setUser() takes options'],
    ['an address of a user', (client) => client.setUser(given({ url: 'ws://h' })), 'No option url: setUser() has user'],
    ['another event', (client) => client.on(given('message'), hear), 'No option message: on() has state, error'],
    ['no listener', (client) => client.on('error', given(undefined)), 'error: expected a function'],
    ['no handler', (client) => client.subscribe('a', given(undefined)), 'No handler'],
    ['a slip', (client) => client.subscribe('a', hear, given({ replays: {} })), 'No option replays: subscribe() has'],
    ['a flag', (client) => client.subscribe('a', hear, given({ replay: true })), 'replay: expected a object'],
    [
      'a slip in it',
      (client) => client.subscribe('a', hear, { replay: given({ lst: 3 }) }),
      'No option lst: replay of',
    ],
    ['a slip of history', (client) => client.history('a', given({ lsat: 3 })), 'No option lsat: history() has'],
    ['what replay() has', (client) => client.history('a', given({ limit: 5 })), 'No option limit: history() has'],
    ['a text for a number', (client) => client.history('a', given({ last: '5' })), 'last: expected a number'],
    ['a signal elsewhere', (client) => client.replay({}, given({ abort: 1 })), 'No option abort: replay() has signal'],
    ['a wish', (client) => client.compression(given({ enabled: true })), 'No option enabled: a wish of compression()'],
  ])('%s', async (_, act, message) => {
    const { client } = setUp();
    expect(() => act(client)).toThrow(TypeError);
    expect(() => act(client)).toThrow(message);
    await client.close();
  });

  it('undefined counts as not given', async () => {
    const { client } = setUp();
    client.subscribe('a', hear, { replay: undefined, signal: undefined } as never);
    client.setUser({ positions: undefined });
    await client.close();
  });
});

describe('a text that is no channel or pattern', () => {
  it.each([
    ['todo list:x', 'channel "todo list:x": character U+0020 at position 4 is not allowed'],
    ['a::b', 'channel "a::b": empty segment at position 2'],
    ['a b:*', 'pattern "a b:*": character U+0020 at position 1 is not allowed'],
    ['a**b', 'pattern "a**b" is malformed'],
  ])('%j is said what is wrong with', async (text, message) => {
    const { clock, client } = setUp();
    const told: string[] = [];
    client.on('error', (error) => told.push(error.message));
    client.subscribe(text, () => undefined);
    await clock.advance(1);
    expect(told).toEqual([expect.stringContaining(message)]);
    expect(told[0]?.split(text).length).toBe(2);
    await client.close();
  });
});

it('the first error that nobody listens to is said to the console, and no other', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const { clock, client } = setUp();
  for (const channel of ['a b', 'c d']) void client.broadcast(channel, 1);
  await clock.advance(10_000);
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining("client.on('error'"), expect.objectContaining({ about: 'broadcast' })],
  ]);
  await client.close();
});

it('nothing is said to the console where somebody listens', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const { clock, service, client } = setUp();
  client.on('error', () => undefined);
  await clock.advance(10_000);
  void client.broadcast('a b', 1);
  service.sockets[0]?.shut(1006);
  await clock.advance(10_000);
  expect(warn).not.toHaveBeenCalled();
  await client.close();
});
