import { expect, it } from 'vitest';
import { ConnectionLostError, connect } from '../../../client/src/index.ts';
import type { Positions } from '../../../lib/protocol/position.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, ScriptedService, type Sent } from './scripted-service.ts';

const CHANNELS = ['x:1', 'x:2', 'x:3'];

/** A client that comes back to a service which has an event of each channel, one on a page. */
const comeBack = async (refusesCursor: (times: number) => boolean) => {
  const clock = new ModelClock(new SeededRandom(1));
  const asked: Sent[] = [];
  let refused = 0;
  /** When the connection was. */
  let lost = 0;
  const eventOf = (channel: string) => ({
    ...{ type: 'event', id: channel, channel, category: 'c', priority: 'normal', offset: 1, epoch: 'e' },
    ...{ timestamp: lost, data: null },
  });
  const service: ScriptedService = new ScriptedService(clock, {
    instead: {
      replay: (request) => {
        asked.push(request);
        const { cursor, positions = {} } = request as Sent & { cursor?: string; positions?: Positions };
        if (cursor !== undefined && refusesCursor(refused)) {
          refused++;
          return { type: 'error', error: { code: 'INVALID_CURSOR', message: 'The cursor is too old' } };
        }
        const rest = CHANNELS.filter((channel) =>
          cursor === undefined ? (positions[channel]?.offset ?? 0) < 1 : channel > cursor,
        );
        const [channel] = rest;
        return {
          ...{ type: 'replay', ...NOTHING_LOST, time: clock.now(), subscriptions: 1, final: true },
          events: channel === undefined ? [] : [eventOf(channel)],
          next: rest.length > 1 ? channel : null,
        };
      },
    },
  });
  const client = connect({ url: 'ws://script', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  const told: unknown[] = [];
  client.on('gap', (gap) => told.push(gap));
  client.subscribe('x:*', ({ channel }) => heard.push(channel));
  await clock.advance(1_000);
  lost = clock.now();
  service.sockets[0]?.shut(1001);
  client.on('error', (error) => {
    if (!(error instanceof ConnectionLostError)) told.push(error);
  });
  await clock.advance(60_000);
  const { state } = client;
  await client.close();
  return { state, heard, told, asked };
};

it('[R-12] who comes back asks for one channel after another', async () => {
  const { state, heard, told, asked } = await comeBack(() => false);
  expect([state, heard, told]).toEqual(['connected', CHANNELS, []]);
  expect(asked.map(({ cursor, order }) => cursor ?? order)).toEqual(['channel', 'x:1', 'x:2']);
  // A cursor goes on by itself; a service takes nothing else beside it.
  for (const request of asked.slice(1)) expect(request).not.toHaveProperty('order');
});

it.each([1, 2, 5])('[R-8] and begins again where the cursor is refused, %d times', async (times) => {
  const { state, heard, told, asked } = await comeBack((refused) => refused < times);
  expect([state, heard.sort(), told]).toEqual(['connected', CHANNELS, []]);
  expect(asked.filter(({ cursor }) => cursor === undefined).length).toBeGreaterThan(1);
});
