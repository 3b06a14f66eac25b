import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  let asked = 0;
  const service = new ScriptedService(clock, {
    instead: {
      replay: () => {
        asked++;
        return {
          ...{
            type: 'replay',
            events: [],
            recovered: true,
            truncated: false,
            lost: [],
            lostPrivate: [],
            positions: {},
          },
          ...{ next: null, time: clock.now(), subscriptions: 0, final: true },
        };
      },
    },
  });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  return { clock, client, asked: () => asked };
};

it('a replay is called off by its signal while it waits for a connection, and is not asked for then', async () => {
  const { clock, client, asked } = setUp();
  const control = new AbortController();
  const page = client.replay({ since: 0 }, { signal: control.signal });
  control.abort(new Error('enough'));
  await expect(page).rejects.toThrow('enough');
  await clock.advance(10_000);
  expect(asked()).toBe(0);
  await client.close();
});

it('one whose signal was aborted before is not asked for, and one whose is not, or later, is answered', async () => {
  const { clock, client, asked } = setUp();
  const control = new AbortController();
  await expect(client.replay({ since: 0 }, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
    'before',
  );
  const page = client.replay({ since: 0 }, { signal: control.signal });
  await clock.advance(10_000);
  await expect(page).resolves.toMatchObject({ recovered: true });
  control.abort();
  expect(asked()).toBe(1);
  await client.close();
});
