import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { lasting, memoryStore } from '../../../client/src/storage.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

it('sends again what an earlier page had sent, also where it is greeted late', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const store = memoryStore();
  const open = (script: Script) => {
    const service = new ScriptedService(clock, { features: { sequences: true }, ...script });
    const client = lasting(
      connect,
      { url: 'ws://service', user: 'alice', clock, webSocket: service.webSocket, requestTimeout: 10_000 },
      { store, locks: null, onError: () => undefined },
    );
    return { service, client };
  };
  const error = { code: 'UNAVAILABLE', message: 'not now', retryAfter: null };
  const first = open({ instead: { broadcast: () => ({ type: 'error', error }) } });
  const written = first.client.broadcast('a', 1).catch(({ name }) => name);
  await clock.advance(3_000);
  void first.client.close();
  await clock.advance(3_000);
  expect([await written, first.service.count('broadcast') > 0]).toEqual(['StorageError', true]);
  const second = open({ greets: 20_000 });
  await clock.advance(15_000);
  // It does not know yet whether the service would know the number again.
  expect([second.client.state, second.service.count('broadcast')]).toEqual(['connected', 0]);
  await clock.advance(15_000);
  expect([second.service.count('broadcast'), await second.client.pending()]).toEqual([1, []]);
});
