import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { connect, FrameError } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

/** A client that is connected, what it was told of, and what each of its sockets said that it can. */
const setUp = async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const capabilities: (string | null)[] = [];
  const service = new ScriptedService(clock);
  const { webSocket: Inner } = service;
  class Watched extends Inner {
    constructor(url: string) {
      super(url);
      capabilities.push(new URL(url).searchParams.get('capabilities'));
    }
  }
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: Watched, clock });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  client.subscribe('a', () => undefined);
  await clock.advance(1_000);
  return { clock, service, client, errors, capabilities };
};

it('[Z-3] a client to whom something comes that it cannot decompress takes plain frames from then on, at once', async () => {
  const { clock, service, client, errors, capabilities } = await setUp();
  const acked = client.broadcast('a', 1);
  const text = deflateSync('{"type":"pong"}').subarray(0, 8).toString('base64');
  service.say({ type: 'compressed', encoding: 'deflate', data: text });
  await clock.advance(5_000);
  expect(await acked).toEqual({ id: expect.any(String) });
  expect(capabilities).toEqual(['batch,chunk,compression', 'batch,chunk']);
  expect([client.state, errors[0]]).toEqual(['connected', expect.any(FrameError)]);
  await client.close();
});

it.each([
  ['is no JSON', '{"type":'],
  ['is no message', '{"a":1}'],
  ['is a message without what belongs to it', '{"type":"batch"}'],
])('a client to whom something plain comes that %s tells so, and keeps its connection', async (_, text) => {
  const { clock, service, client, errors, capabilities } = await setUp();
  service.sockets[0]?.say(text);
  await clock.advance(5_000);
  expect(errors).toEqual([expect.any(Error)]);
  expect([client.state, capabilities]).toEqual(['connected', ['batch,chunk,compression']]);
  await client.close();
});
