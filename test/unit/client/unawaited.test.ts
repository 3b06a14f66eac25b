import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const MINUTE = 60_000;
const MOST = 10;

/** A client of a service that refuses all that it is asked. */
const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const refusal = () => ({ type: 'error', error: { code: 'FORBIDDEN', message: 'no' } });
  const instead = { broadcast: refusal, replay: refusal, compression: refusal, subscribe: refusal };
  const service = new ScriptedService(clock, { instead, features: { history: true } as object });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, maxOutbox: MOST });
  const told: unknown[] = [];
  client.on('error', (error) => told.push(error));
  return { clock, client, told };
};

const close = async (client: Client): Promise<void> => void client.close();

const isConnected = (_: Client, clock: ModelClock): Promise<void> => clock.advance(MINUTE);

interface Case {
  readonly before?: (client: Client, clock: ModelClock) => Promise<unknown>;
  readonly act: (client: Client, signal: AbortSignal) => Promise<unknown>;
  readonly after?: (client: Client, controller: AbortController) => unknown;
  readonly rejection: unknown;
  readonly isTold: boolean;
}

const refusal = { code: 'FORBIDDEN' };
const closed = { name: 'ClosedError' };
const another = { name: 'UserChangedError' };
const goOn = (client: Client): void => client.setUser({ user: 'bob' });
const abort = (_: Client, controller: AbortController): void => controller.abort('enough');
const broadcast = (client: Client): Promise<unknown> => client.broadcast('a', 1);

const CASES: Readonly<Record<string, Case>> = {
  'a broadcast that is refused': { act: broadcast, rejection: refusal, isTold: true },
  'one to no channel': {
    act: (client) => client.broadcast('a b', 1),
    rejection: { code: 'INVALID_CHANNEL' },
    isTold: true,
  },
  'one of no JSON': {
    act: (client) => client.broadcast('a', [undefined]),
    rejection: { path: 'data[0]' },
    isTold: true,
  },
  'one more than may wait': {
    before: async (client) => {
      for (let n = 0; n < MOST; n++) client.broadcast('a', n).catch(() => undefined);
    },
    act: broadcast,
    rejection: { name: 'OutboxFullError' },
    isTold: true,
  },
  'one that is not sent by the end': { act: broadcast, after: close, rejection: closed, isTold: true },
  'one that is not acknowledged by the end': {
    before: isConnected,
    act: broadcast,
    after: close,
    rejection: { name: 'OutcomeUnknownError' },
    isTold: true,
  },
  'one after the end': { before: close, act: broadcast, rejection: closed, isTold: true },
  'one of the user before': { act: broadcast, after: goOn, rejection: another, isTold: true },
  'one that is taken back': {
    act: (client, signal) => client.broadcast('a', 1, { signal }),
    after: abort,
    rejection: 'enough',
    isTold: false,
  },
  'a subscription that is refused': {
    act: (client) => client.subscribe('a', () => undefined).ready,
    rejection: refusal,
    isTold: true,
  },
  'a subscription at the end': {
    act: (client) => client.subscribe('a', () => undefined).ready,
    after: close,
    rejection: closed,
    isTold: false,
  },
  'history that is refused': { act: (client) => client.history('a'), rejection: refusal, isTold: true },
  'history at the end': { act: (client) => client.history('a'), after: close, rejection: closed, isTold: false },
  'history that is called off': {
    act: (client, signal) => client.history('a', { signal }),
    after: abort,
    rejection: 'enough',
    isTold: false,
  },
  'replay that is refused': { act: (client) => client.replay({ channels: ['a'] }), rejection: refusal, isTold: true },
  'replay of the user before': { act: (client) => client.replay({}), after: goOn, rejection: another, isTold: false },
  'compression that is refused': {
    act: (client) => client.compression({ enable: false }),
    rejection: refusal,
    isTold: true,
  },
  'compression after the end': {
    before: close,
    act: (client) => client.compression({ enable: false }),
    rejection: closed,
    isTold: false,
  },
  'connected() at the end': { act: (client) => client.connected(), after: close, rejection: closed, isTold: false },
};

describe.each(Object.entries(CASES))(
  'a promise that rejects, of %s',
  (_, { before, act, after, rejection, isTold }) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    const isIt = typeof rejection === 'string' ? rejection : expect.objectContaining(rejection as object);

    beforeEach(() => {
      unhandled.length = 0;
      process.on('unhandledRejection', note);
    });
    afterEach(() => void process.off('unhandledRejection', note));

    it.each([false, true])('is told where something is lost, and ends no process; awaited: %s', async (isAwaited) => {
      const { clock, client, told } = setUp();
      const controller = new AbortController();
      await before?.(client, clock);
      told.length = 0;
      const promise = act(client, controller.signal);
      const looked = isAwaited ? expect(promise).rejects.toEqual(isIt) : undefined;
      after?.(client, controller);
      await clock.advance(10 * MINUTE);
      await looked;
      // The runtime says it at the end of a turn.
      await new Promise((resolve) => setTimeout(resolve));
      expect(unhandled).toEqual([]);
      const found = told.map((error) => (error as { readonly cause?: unknown }).cause ?? error);
      // Of the others of a full outbox each is told, too.
      const isFull = found.length > MOST;
      expect(isFull ? found.slice(0, 1) : found).toEqual(isTold ? [isIt] : []);
      await client.close();
    });
  },
);

it('a listener of errors that broadcasts in vain is told of the first failure, and of none of its own', async () => {
  const { clock, client, told } = setUp();
  let answers = 0;
  client.on('error', () => {
    answers++;
    void client.broadcast('a b', 1);
  });
  await client.close();
  void client.broadcast('a', 1);
  await clock.advance(MINUTE);
  expect([told.length, answers]).toEqual([1, 1]);
});
