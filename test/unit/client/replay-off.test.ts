import { expect, it } from 'vitest';
import { connect, type Gap } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const event = (channel: string, offset: number) => ({
  ...{ type: 'event', id: `${channel}${offset}`, channel, category: 'a', priority: 'normal', timestamp: 0 },
  ...{ offset, epoch: 'e', data: null },
});

/** A client of a service that does not replay, on one channel or pattern. */
const setUp = (text: string, instead: Script['instead'] = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const off = () => ({ type: 'error', error: { code: 'NOT_AVAILABLE', message: 'replay is switched off here' } });
  const service = new ScriptedService(clock, { instead: { replay: off, ...instead } });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  const gaps: Gap[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  client.subscribe(text, ({ channel, offset }) => void heard.push(`${channel}#${offset}`));
  return { clock, service, client, heard, gaps };
};

const UNNAMED = {
  ...{ channel: undefined, private: false, reason: 'undelivered' },
  ...{ epoch: undefined, from: undefined, to: undefined },
};

it('[R-2] what may have been missed under a pattern is declared by who comes back to a service that does not replay', async () => {
  const { clock, service, client, heard, gaps } = setUp('a:*');
  await clock.advance(1_000);
  service.say(event('a:known', 1));
  await clock.advance(1_000);
  expect(gaps).toEqual([]);
  service.sockets[0]?.shut(1006);
  await clock.advance(10_000);
  expect([service.sockets.length, client.state]).toEqual([2, 'connected']);
  expect(gaps).toEqual([UNNAMED]);
  // Again, and only then.
  service.say(event('a:new', 5));
  await clock.advance(3_600_000);
  expect([heard, gaps.length]).toEqual([['a:known#1', 'a:new#5'], 1]);
  service.sockets[1]?.shut(1006);
  await clock.advance(10_000);
  expect(gaps).toEqual([UNNAMED, UNNAMED]);
  await client.close();
});

it('[P-2] what a pong says is missing of a channel is declared once, and it goes on with what comes next', async () => {
  let behind: readonly string[] = [];
  const pings: unknown[] = [];
  const { clock, service, client, heard, gaps } = setUp('a:*', {
    ping: ({ positions }) => {
      pings.push(positions);
      const named = behind.filter((channel) => Object.hasOwn(positions as object, channel));
      return { type: 'pong', time: 0, behind: named, subscriptions: 1 };
    },
  });
  await clock.advance(1_000);
  service.say(event('a:known', 1));
  await clock.advance(31_000);
  behind = ['a:known'];
  await clock.advance(300_000);
  expect(gaps).toEqual([
    { channel: 'a:known', private: false, reason: 'undelivered', epoch: 'e', from: 2, to: undefined },
  ]);
  behind = [];
  for (const offset of [4, 5]) service.say(event('a:known', offset));
  await clock.advance(100_000);
  expect([heard, gaps.length]).toEqual([['a:known#1', 'a:known#4', 'a:known#5'], 1]);
  expect(pings.at(-1)).toMatchObject({ 'a:known': { offset: 5, epoch: 'e' } });
  // Who was told that it does not is not asked again.
  expect(service.count('replay')).toBe(1);
  await client.close();
});

it('[S-2] of a channel that is named, just what is missing is declared, and nothing where nothing is', async () => {
  let offset = 0;
  const { clock, service, client, gaps } = setUp('a', {
    subscribe: () => ({
      ...{ type: 'subscribed', channels: ['a'], patterns: [], time: 0 },
      positions: { a: { offset, epoch: 'e' } },
    }),
  });
  await clock.advance(1_000);
  service.say(event('a', 1));
  offset = 1;
  service.sockets[0]?.shut(1006);
  await clock.advance(10_000);
  expect([service.sockets.length, gaps]).toEqual([2, []]);
  offset = 4;
  service.sockets[1]?.shut(1006);
  await clock.advance(10_000);
  expect(gaps).toEqual([{ channel: 'a', private: false, reason: 'undelivered', epoch: 'e', from: 2, to: 4 }]);
  await client.close();
});
