import { describe, expect, it } from 'vitest';
import {
  type Capability,
  ConnectionLostError,
  type ConnectionMessage,
  type ConnectOptions,
  connect,
  type RequestError,
} from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService, type Sent } from './scripted-service.ts';

const setUp = (script: Script, options: Partial<ConnectOptions> = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const errors: unknown[] = [];
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, ...options });
  // A broadcast that is refused is told, too, and stands in its outcome.
  client.on('error', (error) => error.about === 'broadcast' || errors.push(error));
  const sent: { readonly data: unknown; outcome: string }[] = [];
  const broadcast = (data: unknown): void => {
    const entry = { data, outcome: 'under way' };
    sent.push(entry);
    client.broadcast('a', data).then(
      () => Object.assign(entry, { outcome: 'acked' }),
      (error: RequestError) => Object.assign(entry, { outcome: error.code }),
    );
  };
  return { clock, service, errors, client, broadcast, outcomes: () => sent.map(({ outcome }) => outcome) };
};

const refusal = (code: string, requestId: unknown, retryAfter?: number) => ({
  type: 'error',
  ...(requestId === undefined ? {} : { requestId }),
  error: { code, message: 'no', retryAfter },
});

describe('a message that is too large is refused by itself, and what is behind it goes on at once', () => {
  it.each<[string, Partial<ConnectionMessage['limits']>, readonly Capability[] | undefined, number]>([
    ['for the service', { messageSize: 100_000 }, undefined, 100_001],
    ['for the service, which takes less than a frame', { messageSize: 1_000 }, undefined, 1_001],
    ['for a frame, of a client that takes no chunks', {}, ['batch'], 32_769],
  ])('%s', async (_, limits, capabilities, size) => {
    const { clock, service, errors, client, broadcast, outcomes } = setUp(
      { limits },
      capabilities === undefined ? {} : { capabilities },
    );
    await clock.advance(1_000);
    for (const data of ['before', 'x'.repeat(size), 'é'.repeat(size / 2), 'behind']) broadcast(data);
    await clock.advance(1_000);
    expect(outcomes()).toEqual(['acked', 'MESSAGE_TOO_LARGE', 'MESSAGE_TOO_LARGE', 'acked']);
    expect(service.sent.flat().map(({ data }) => data)).toEqual(['before', 'behind']);
    expect([service.sockets.length, errors]).toEqual([1, []]);
    await client.close();
  });

  it('of a batch none is too large for the service though all together are', async () => {
    const { clock, service, client, broadcast, outcomes } = setUp({ limits: { messageSize: 2_000 } });
    await clock.advance(1_000);
    for (let n = 0; n < 20; n++) broadcast('x'.repeat(500));
    await clock.advance(5_000);
    expect(new Set(outcomes())).toEqual(new Set(['acked']));
    expect(service.sockets).toHaveLength(1);
    await client.close();
  });

  it('[Z-1] [F-2] where the service refuses it piece by piece, which the client did not know', async () => {
    // Before the greeting nobody knows how much it takes.
    const refuses = ({ type, requestId, index }: Sent) =>
      type === 'chunk' && Number(index) > 2 ? refusal('MESSAGE_TOO_LARGE', requestId) : undefined;
    const { clock, service, errors, client, broadcast, outcomes } = setUp({ greets: 'never', refuses });
    for (const data of ['before', 'x'.repeat(300_000), 'behind']) broadcast(data);
    await clock.advance(1_000);
    expect(outcomes()).toEqual(['acked', 'MESSAGE_TOO_LARGE', 'acked']);
    expect([service.sockets.length, errors]).toEqual([1, []]);
    await client.close();
  });
});

it('[L-2] a message of which a piece is refused for the time being is sent again once it may be, whole', async () => {
  let until = 0;
  const refused: number[] = [];
  const refuses = ({ type, requestId, index }: Sent, time: number) => {
    until ||= time + 40_000;
    if (type !== 'chunk' || Number(index) < 2 || time >= until) return undefined;
    refused.push(time);
    return refusal('RATE_LIMIT_EXCEEDED', requestId, until - time);
  };
  const { clock, service, errors, client, broadcast, outcomes } = setUp(
    { refuses },
    { backoff: { first: 10, most: 10 } },
  );
  await clock.advance(1_000);
  const large = 'x'.repeat(300_000);
  broadcast(large);
  broadcast('behind');
  await clock.advance(39_000);
  // All pieces of one attempt, and none more.
  expect(new Set(refused).size).toBe(1);
  await clock.advance(2_000);
  expect(outcomes()).toEqual(['acked', 'acked']);
  expect(service.sent.flat().flatMap(({ type, data }) => (type === 'broadcast' ? [data] : []))).toEqual([
    large,
    'behind',
  ]);
  expect([service.sockets.length, errors]).toEqual([1, []]);
  await client.close();
});

describe('no frame is larger than a gateway takes, of a client that sends none in pieces', () => {
  const FRAME = 32_768;

  /** What a client is to do, and the sizes of the frames that come of it. */
  const framesOf = async (act: (doing: ReturnType<typeof setUp>) => Promise<void>): Promise<readonly number[]> => {
    const sizes: number[] = [];
    const refuses = (frame: Sent) => {
      sizes.push(JSON.stringify(frame).length);
      return undefined;
    };
    const doing = setUp({ refuses }, { capabilities: ['batch'] });
    const errors: unknown[] = [];
    doing.client.on('error', (error) => error instanceof ConnectionLostError || errors.push(error));
    await doing.clock.advance(1_000);
    await act(doing);
    await doing.clock.advance(60_000);
    expect(errors).toEqual([]);
    await doing.client.close();
    return sizes;
  };

  it('of broadcasts, which fill it', async () => {
    const sizes = await framesOf(async ({ clock, broadcast, outcomes }) => {
      for (let length = 200; length < 260; length += 5) {
        for (let n = 0; n < 101; n++) broadcast('x'.repeat(length));
        await clock.advance(1_000);
      }
      expect(new Set(outcomes())).toEqual(new Set(['acked']));
    });
    expect(Math.max(...sizes)).toBeGreaterThan(0.85 * FRAME);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(FRAME);
  });

  it.each([61, 125])('of subscriptions to texts of %i characters', async (length) => {
    const sizes = await framesOf(async ({ clock, client, service }) => {
      for (let n = 0; n < 700; n++) client.subscribe(`x:${n}:`.padEnd(length, 'x'), () => undefined);
      await clock.advance(1_000);
      expect(service.sent.flat().flatMap(({ channels }) => channels ?? [])).toHaveLength(700);
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(FRAME);
  });

  it('of positions', async () => {
    const sizes = await framesOf(async ({ clock, client, service }) => {
      client.subscribe('x:*', () => undefined);
      await clock.advance(1_000);
      for (let n = 0; n < 600; n++) {
        for (const isPrivate of [false, true]) {
          const place = { channel: `x:${n}`, offset: 1, epoch: 'e', timestamp: clock.now() };
          const what = { id: `${n} ${isPrivate}`, category: 'c', priority: 'normal', data: null };
          service.say({ type: 'event', ...what, ...place, ...(isPrivate ? { private: true } : {}) });
        }
      }
      await clock.advance(60_000);
      service.sockets[0]?.shut(1006);
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(FRAME);
  });
});
