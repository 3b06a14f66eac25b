import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { lasting, memoryStore } from '../../../client/src/storage.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => void process.off('unhandledRejection', note));

it.each([false, true])(
  'ends no process by a stored broadcast that is refused or not sent; awaited: %s',
  async (isAwaited) => {
    const clock = new ModelClock(new SeededRandom(1));
    const refusal = () => ({ type: 'error', error: { code: 'FORBIDDEN', message: 'no' } });
    const service = new ScriptedService(clock, { instead: { broadcast: refusal }, features: { sequences: true } });
    const client = lasting(
      connect,
      { url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock, maxOutbox: 1 },
      { store: memoryStore(), locks: null, onError: () => undefined },
    );
    client.on('error', () => undefined);
    const settled = (promise: Promise<unknown>) => (isAwaited ? promise.catch(({ code }) => code) : undefined);
    const refused = settled(client.broadcast('a', 1));
    const tooMany = settled(client.broadcast('a', 2));
    await clock.advance(60_000);
    const left = settled(client.broadcast('a', 3));
    await client.close();
    await clock.advance(60_000);
    // The runtime says it at the end of a turn.
    await new Promise((resolve) => setTimeout(resolve));
    expect(unhandled).toEqual([]);
    expect([await refused, await tooMany, await left]).toEqual(isAwaited ? ['FORBIDDEN', 'FULL', 'CLOSED'] : Array(3));
  },
);
