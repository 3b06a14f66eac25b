import { describe, expect, it } from 'vitest';
import { expressions } from '../../../client/src/expressions.ts';
import {
  connect,
  HandlerError,
  RequestError,
  type Subscription,
  SubscriptionError,
} from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService, type Sent } from './scripted-service.ts';

const setUp = (script: Script = {}, token?: () => string) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const options = { url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, expressions };
  const client = connect(token === undefined ? options : { ...options, token });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  return { clock, service, client, errors };
};

const refusing = (code: string, is: () => boolean = () => true) => ({
  subscribe: ({ channels, patterns }: Sent) => {
    const texts = [channels, patterns].flat();
    if (is() && texts.includes('a')) return { type: 'error', error: { code, message: 'no' } };
    return { type: 'subscribed', channels, patterns, positions: {}, time: 1 };
  },
});

const about = (subscription: Subscription, code: string) => {
  const told = expect.objectContaining({
    name: 'SubscriptionError',
    subscription,
    code,
    cause: expect.any(RequestError),
  });
  return [told];
};

describe('the end of a subscription is told, awaited or not', () => {
  it.each(['FORBIDDEN', 'INVALID_CHANNEL', 'TOO_MANY_SUBSCRIPTIONS'])('refused with %s', async (code) => {
    const { clock, client, errors } = setUp({ instead: refusing(code) });
    const subscription = client.subscribe('a', () => undefined);
    client.subscribe('b', () => undefined);
    await clock.advance(10_000);
    expect(errors).toEqual(about(subscription, code));
    expect([errors[0] instanceof SubscriptionError, subscription.hasEnded]).toEqual([true, true]);
    await expect(subscription.ready).rejects.toMatchObject({ code });
    await client.close();
  });

  it.each(['/(unclosed/', '/[[:constructor:]]/'])('refused by the library itself: %s', async (text) => {
    const { clock, client, errors } = setUp();
    const subscription = client.subscribe(text, () => undefined);
    expect(errors).toEqual([]);
    await clock.advance(10_000);
    expect(errors).toEqual(about(subscription, 'INVALID_PATTERN'));
    await client.close();
  });

  it('it is an expression, which nothing here compiles, and the error says what does', async () => {
    const clock = new ModelClock(new SeededRandom(1));
    const service = new ScriptedService(clock, {});
    const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const subscription = client.subscribe('/a|b/', () => undefined);
    await clock.advance(10_000);
    expect(errors).toEqual(about(subscription, 'NOT_AVAILABLE'));
    expect(String(errors[0])).toContain('realtime-sync-client/expressions');
    await client.close();
  });

  it('its options ask for what the service does not do', async () => {
    const isWithOptions = ({ options }: Sent) => options !== undefined;
    const subscribe = (request: Sent) =>
      isWithOptions(request)
        ? { type: 'error', error: { code: 'NOT_AVAILABLE', message: 'no' } }
        : { type: 'subscribed', channels: ['a'], patterns: [], positions: {}, time: 1 };
    const { clock, client, errors } = setUp({ instead: { subscribe } });
    const subscription = client.subscribe('a', () => undefined, { replay: {} });
    await clock.advance(10_000);
    expect(errors).toEqual(about(subscription, 'NOT_AVAILABLE'));
    await client.close();
  });

  it.each(['reconnect', 'renewal'] as const)('[G-6] once it was ready, its grant is gone: %s', async (how) => {
    let isGone = false;
    const auth = () => {
      isGone = true;
      return { type: 'authenticated', expires: null, ended: ['a'] };
    };
    const script = {
      instead: { ...refusing('FORBIDDEN', () => isGone), auth },
      expires: how === 'renewal' ? 60_000 : 1e9,
    };
    const { clock, service, client, errors } = setUp(script, () => 'token');
    const subscription = client.subscribe('a', () => undefined);
    const other = client.subscribe('b', () => undefined);
    await clock.advance(10_000);
    await subscription.ready;
    expect(errors).toEqual([]);
    if (how === 'reconnect') {
      isGone = true;
      service.sockets[0]?.shut(1001);
    }
    await clock.advance(60_000);
    expect(errors.filter((error) => error instanceof SubscriptionError)).toEqual(about(subscription, 'FORBIDDEN'));
    expect([subscription.hasEnded, other.hasEnded]).toEqual([true, false]);
    await client.close();
  });

  it('and not where the application ends it, or its client', async () => {
    const { clock, client, errors } = setUp();
    client.subscribe('a', () => undefined).unsubscribe();
    client.subscribe('b', () => undefined);
    await clock.advance(10_000);
    await Promise.all([client.close(), clock.advance(10)]);
    client.subscribe('c', () => undefined);
    await clock.advance(10_000);
    expect(errors).toEqual([]);
  });
});

describe('what a handler throws is told, with what it was called with', () => {
  const cause = new TypeError('no');
  const thenable = Object.fromEntries([['then', (_: unknown, reject: (error: unknown) => void) => reject(cause)]]);
  it.each<[string, () => unknown]>([
    [
      'it throws',
      () => {
        throw cause;
      },
    ],
    [
      'it rejects',
      async () => {
        throw cause;
      },
    ],
    ['it returns what only looks like a promise', () => thenable],
  ])('%s', async (_, handler) => {
    const { clock, service, client, errors } = setUp();
    const heard: number[] = [];
    const subscription = client.subscribe('a', handler);
    client.subscribe('a', ({ offset }) => heard.push(offset));
    await clock.advance(1_000);
    for (const offset of [1, 2]) {
      service.say({
        type: 'event',
        ...{
          id: `${offset}`,
          channel: 'a',
          category: 'c',
          priority: 'normal',
          timestamp: 1,
          offset,
          epoch: 'e',
          data: 1,
        },
      });
    }
    await clock.advance(1_000);
    expect(heard).toEqual([1, 2]);
    expect(errors).toEqual(
      [1, 2].map((offset) =>
        expect.objectContaining({ subscription, cause, event: expect.objectContaining({ offset }) }),
      ),
    );
    expect(errors[0]).toBeInstanceOf(HandlerError);
    await client.close();
  });
});
