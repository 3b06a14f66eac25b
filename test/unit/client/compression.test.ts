import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

it('the next connection declares that it reads compressed frames as the service said last', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const urls: string[] = [];
  const service = new ScriptedService(clock, {
    userOf: (url) => {
      urls.push(url);
      return 'alice';
    },
  });
  const capabilities = ['chunk', 'compression'] as const;
  const client = connect({ url: 'ws://script', user: 'alice', webSocket: service.webSocket, clock, capabilities });
  await clock.advance(1_000);
  for (const enable of [false, true, true]) {
    const answer = client.compression({ enable });
    await clock.advance(1_000);
    expect(await answer).toMatchObject({ enabled: enable });
    service.sockets.at(-1)?.shut(1006);
    await clock.advance(10_000);
  }
  const declared = urls.map((url) => new URL(url).searchParams.get('capabilities'));
  expect(declared).toEqual(['chunk,compression', 'chunk', 'chunk,compression', 'chunk,compression']);
  await client.close();
});
