import { expect, it } from 'vitest';
import { connect } from '../../../client/src/index.ts';
import { lasting, memoryStore } from '../../../client/src/storage.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { ScriptedService } from './scripted-service.ts';
import { Page } from './tabs/page.ts';

const MINUTE = 60_000;

const setUp = () => {
  const random = new SeededRandom(1);
  const clock = new ModelClock(random);
  const service = new ModelService(clock, random);
  const store = memoryStore();
  const open = (webSocket = service.webSocket) => {
    const heard: string[] = [];
    const page = new Page(clock);
    const client = lasting(
      connect,
      { url: 'ws://model', user: 'alice', webSocket: page.socketsOf(webSocket), clock: page.clock },
      { store, locks: null, onError: () => undefined },
    );
    client.subscribe('**', ({ id }) => heard.push(id));
    return { page, heard };
  };
  return { clock, service, open };
};

it('a page that never got through leaves where another one stood as that stored it', async () => {
  const { clock, service, open } = setUp();
  // It reads the store before there is anything in it, and looks every second whether there is something to store.
  const unlucky = open(new ScriptedService(clock, { isSilent: () => true }).webSocket);
  await clock.advance(1);
  const first = open();
  await clock.advance(2_000);
  service.publish(event('a', 'p1'));
  await clock.advance(3_000);
  first.page.kill();
  await clock.advance(MINUTE);
  unlucky.page.kill();
  service.publish(event('a', 'p2'));
  const last = open();
  await clock.advance(MINUTE);
  expect([first.heard, last.heard]).toEqual([['p1'], ['p2']]);
});

it('what came while a page was not told yet that it is subscribed is heard, by it or by the next', async () => {
  const { clock, service, open } = setUp();
  const first = open();
  await clock.advance(MINUTE);
  first.page.kill();
  service.publish(event('a', 'p1'));
  await clock.advance(MINUTE);
  service.late = (type) => (type === 'subscribe' ? MINUTE : 0);
  const second = open();
  await clock.advance(5_000);
  service.publish(event('b', 'p2'));
  await clock.advance(5_000);
  second.page.kill();
  service.late = () => 0;
  await clock.advance(MINUTE);
  const last = open();
  await clock.advance(MINUTE);
  expect([first.heard, second.heard, last.heard]).toEqual([[], ['p2'], ['p1']]);
});
