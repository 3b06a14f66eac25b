import { expect, it } from 'vitest';
import { type Clock, connect } from '../../../client/src/index.ts';
import { lasting, memoryStore } from '../../../client/src/storage.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const error = { code: 'UNAVAILABLE', message: 'not now', retryAfter: null };
const REFUSED: Script = { instead: { broadcast: () => ({ type: 'error', error }) } };

/** @param ahead - milliseconds by which the machine’s clock is ahead. */
const pages = (ahead = 0) => {
  const clock = new ModelClock(new SeededRandom(1));
  const store = memoryStore();
  const own: Clock = {
    now: () => clock.now() + ahead,
    random: () => clock.random(),
    after: (duration, task) => clock.after(duration, task),
  };
  const open = (script: Script) => {
    const service = new ScriptedService(clock, { features: { sequences: true }, ...script });
    const client = lasting(
      connect,
      { url: 'ws://service', user: 'alice', clock: own, webSocket: service.webSocket, requestTimeout: 10_000 },
      { store, locks: null, onError: () => undefined },
    );
    return { service, client };
  };
  return { clock, open };
};

it('sends again what an earlier page had sent, also where it is greeted late', async () => {
  const { clock, open } = pages();
  const first = open(REFUSED);
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

it('takes what a page sent before it was greeted for older than it is, whatever its clock says', async () => {
  const { clock, open } = pages(600_000);
  const first = open({ ...REFUSED, greets: 20_000 });
  first.client.broadcast('a', 1).catch(() => undefined);
  await clock.advance(15_000);
  expect([first.client.state, first.service.count('broadcast') > 0]).toEqual(['connected', true]);
  void first.client.close();
  await clock.advance(3_000);
  const second = open({});
  await clock.advance(3_000);
  const { sequence } = second.service.sent.flat().find(({ type }) => type === 'broadcast') as never as {
    sequence: { sent: number };
  };
  expect(sequence.sent).toBeGreaterThanOrEqual(0);
  expect(sequence.sent).toBeLessThan(60_000);
});
