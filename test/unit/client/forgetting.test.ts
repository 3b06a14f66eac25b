import { expect, it } from 'vitest';
import { connect, type Gap } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { play } from './model/run.ts';
import { NOTHING_LOST, ScriptedService, type Sent } from './scripted-service.ts';

const CHANNELS = 300;
const MOST = 10;

/** Hears two events of each of many channels under a pattern, and redelivers the first. */
const hearMany = async (replay: (answer: object) => object) => {
  const clock = new ModelClock(new SeededRandom(1));
  const kept: { readonly channel: string; readonly offset: number; readonly timestamp: number }[] = [];
  const service: ScriptedService = new ScriptedService(clock, {
    instead: {
      replay: ({ positions, since, channels }: Sent) => {
        const at = (positions ?? {}) as Record<string, { offset: number }>;
        const asked = channels as readonly string[] | undefined;
        const events = kept.filter(({ channel, offset, timestamp }) => {
          if (asked?.includes(channel) === false) return false;
          return at[channel] === undefined ? timestamp >= Number(since ?? Infinity) : offset > at[channel].offset;
        });
        return replay({ type: 'replay', ...NOTHING_LOST, time: clock.now(), subscriptions: 1, final: true, events });
      },
    },
  });
  const { webSocket } = service;
  const client = connect({ url: 'ws://model', user: 'alice', webSocket, clock, maxChannels: MOST });
  const heard: string[] = [];
  const gaps: Gap[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  client.subscribe('x:*', ({ channel, offset }) => heard.push(`${channel}/${offset}`));
  await clock.advance(1_000);
  for (const offset of [1, 2]) {
    for (let n = 0; n < CHANNELS; n++) {
      const place = { channel: `x:${n}`, id: `${n}/${offset}`, offset, epoch: 'e', timestamp: clock.now() };
      const event = { type: 'event', category: 'x', priority: 'normal', data: null, ...place };
      kept.push(event);
      service.say(event);
      // A batch that came back is posted again, however long ago it was.
      if (offset === 2) service.say(kept[n] as object);
      await clock.advance(1_000);
    }
  }
  await clock.advance(60_000);
  const pings = service.sent.flat().filter(({ type }) => type === 'ping');
  const named = pings.map(({ positions }) => Object.keys(positions as object).length);
  await client.close();
  return { heard, gaps, named };
};

it('a channel that nobody listens to any more as its subscription is answered is not asked for again', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service: ScriptedService = new ScriptedService(clock, {
    instead: {
      subscribe: ({ channels, patterns }: Sent) => {
        const positions = Object.fromEntries((channels as string[]).map((name) => [name, { offset: 3, epoch: 'e' }]));
        return { type: 'subscribed', channels, patterns, positions, time: clock.now() };
      },
    },
  });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  client.subscribe('a', () => undefined);
  const gone = client.subscribe('b', () => undefined);
  await clock.advance(105);
  gone.unsubscribe();
  await clock.advance(1_000);
  service.sockets.at(-1)?.shut(1006);
  await clock.advance(40_000);
  const asked = service.sent.flat().filter(({ type }) => type === 'replay' || type === 'ping');
  expect(asked.length).toBeGreaterThan(1);
  for (const { positions } of asked.slice(1)) expect(Object.keys(positions as object)).toEqual(['a']);
  await client.close();
});

it('[R-13] of many channels under a pattern only so many are remembered, and each event is heard once', async () => {
  const { heard, gaps, named } = await hearMany((answer) => answer);
  expect(heard).toHaveLength(2 * CHANNELS);
  expect(new Set(heard).size).toBe(2 * CHANNELS);
  expect(gaps).toEqual([]);
  expect(Math.max(...named)).toBeLessThanOrEqual(3 * MOST + 2);
});

it('[R-13] no more are remembered of a service that does not replay, and what may be missed is declared', async () => {
  const refusal = { type: 'error', error: { code: 'NOT_AVAILABLE', message: 'Replay is switched off' } };
  const { gaps, named } = await hearMany(() => refusal);
  expect(gaps).toContainEqual(expect.objectContaining({ channel: undefined, reason: 'undelivered' }));
  expect(Math.max(...named)).toBeLessThanOrEqual(3 * MOST + 2);
});

it.each([1, 2])('[R-13] no run of the model breaks a promise where %d channels are remembered', async (most) => {
  for (let seed = 1; seed <= 20; seed++)
    expect((await play(seed, { maxChannels: most })).problems, `seed ${seed}`).toEqual([]);
});
