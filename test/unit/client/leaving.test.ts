import { expect, it } from 'vitest';
import { HANDED_OVER } from '../../../client/src/connection-state.ts';
import { connect } from '../../../client/src/index.ts';
import { REPLACED } from '../../../client/src/tabs/messages.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

/** A client of a service that says when to come back. */
const setUp = () => {
  const clock = new ModelClock(new SeededRandom(1));
  const began = clock.now();
  const opened: number[] = [];
  const service = new ScriptedService(clock, {
    opens: 0,
    greets: 0,
    on: (moment) => moment === 'made' && opened.push(clock.now() - began),
  });
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const say = (after: unknown) => service.say({ type: 'reconnect', after });
  const shut = (code: number) => service.sockets.at(-1)?.shut(code);
  return { clock, client, opened, say, shut };
};

it('[P-4] a client comes back when it was told to, and not before', async () => {
  const { clock, client, opened, say, shut } = setUp();
  await clock.advance(10_000);
  say(7_000);
  await clock.advance(2_000);
  shut(1012);
  await clock.advance(4_999);
  expect(client.state).toBe('waiting');
  expect(opened).toEqual([0]);
  await clock.advance(2);
  expect(opened).toEqual([0, 17_000]);
  expect(client.state).toBe('connected');
  await client.close();
});

it('[P-4] a client whose connection is still open by then goes over to another', async () => {
  const { clock, client, opened, say } = setUp();
  await clock.advance(10_000);
  say(7_000);
  await clock.advance(7_001);
  expect(opened).toEqual([0, 17_000]);
  expect(client.state).toBe('connected');
  expect(client.counts.connections).toBe(2);
  await client.close();
});

it.each(['soon', -1, null, Number.MAX_VALUE])(
  'a client that is told to come back after %s does come back',
  async (after) => {
    const { clock, client, opened, say, shut } = setUp();
    await clock.advance(10_000);
    say(after);
    shut(1012);
    await clock.advance(600_001);
    expect(opened.length).toBeGreaterThan(1);
    await client.close();
  },
);

it.each([1000, 1001, 1012])(
  'pauses grow where a service that went in order, with %i, does not come back',
  async (code) => {
    const gaps: number[] = [];
    const most = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (let seed = 1; seed <= 100; seed++) {
      const clock = new ModelClock(new SeededRandom(seed));
      const tries: number[] = [];
      let isAway = false;
      const service: ScriptedService = new ScriptedService(clock, {
        on: (moment, nth) => {
          if (moment !== 'made' || !isAway) return;
          tries.push(clock.now());
          clock.after(1, () => service.sockets[nth - 1]?.shut(1006));
        },
      });
      const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
      await clock.advance(10_000);
      isAway = true;
      service.sockets[0]?.shut(code);
      await clock.advance(10 * 60_000);
      for (const [nth, bound] of most.entries()) {
        const pause = (tries[nth + 1] as number) - (tries[nth] as number) - 1;
        expect(pause).toBeLessThanOrEqual(bound);
        gaps[nth] = (gaps[nth] ?? 0) + pause;
      }
      await client.close();
    }
    // Each is drawn evenly, so that those who were cut together do not come back together.
    for (const [nth, bound] of most.entries()) expect((gaps[nth] as number) / 100 / bound).toBeCloseTo(0.5, 0.8);
  },
);

it('a connection that another tab has now is lost without an error, and another made at once', async () => {
  expect(REPLACED.code).toBe(HANDED_OVER);
  const { clock, client, opened, shut } = setUp();
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  await clock.advance(10_000);
  shut(HANDED_OVER);
  await clock.advance(1);
  expect([opened, client.state, errors]).toEqual([[0, 10_000], 'connected', []]);
  await client.close();
});

it('one that another tab has before it was open is no error either', async () => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock);
  let made = 0;
  /** As tabs have it: the first is taken over while it is being opened. */
  class Shared extends service.webSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      made++;
      if (made === 1) clock.after(1, () => this.onclose?.({ code: HANDED_OVER, reason: 'another tab leads' } as never));
    }
  }
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: Shared, clock });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  await clock.advance(10_000);
  expect([made, client.state, errors]).toEqual([2, 'connected', []]);
  await client.close();
});
