import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ConnectionLostError, connect, RequestError } from '../../../client/src/index.ts';
import type { Positions } from '../../../lib/protocol/position.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, ScriptedService, type Sent } from './scripted-service.ts';

const WINDOW = 10_000;

interface Missed {
  /** Events of each channel that a client missed. */
  readonly missed: readonly number[];
  /** Events on a page. */
  readonly page: number;
  /** Pages that it gets before it is stopped. */
  readonly most: number;
}

/** How a catch-up is stopped: by a refusal for the rest of the window, or by the end of the connection. */
type Stop = 'refusal' | 'cut';

/** A client that comes back to a service which lets it read only so far at a time. */
const catchUp = async ({ missed, page, most }: Missed, stop: Stop) => {
  const clock = new ModelClock(new SeededRandom(1));
  const channels = missed.map((_, i) => `x:${i}`);
  // One event of each was heard before.
  const events = channels.flatMap((channel, i) =>
    Array.from({ length: (missed[i] ?? 0) + 1 }, (_, offset) => ({
      ...{ type: 'event', id: `${channel}-${offset + 1}`, channel, category: 'c', priority: 'normal' },
      ...{ offset: offset + 1, epoch: 'e', timestamp: 1, data: null },
    })),
  );
  let isAway = false;
  let [pages, until] = [0, 0];
  const pageFrom = (from: number, positions: Positions) => {
    const rest = events
      .map((event, at) => ({ event, at }))
      .filter(({ event, at }) => at >= from && event.offset > (positions[event.channel]?.offset ?? 0));
    const next = rest[page];
    return {
      events: rest.slice(0, page).map(({ event }) => event),
      next: next === undefined ? null : JSON.stringify([next.at, positions]),
    };
  };
  const service: ScriptedService = new ScriptedService(clock, {
    instead: {
      replay: (request: Sent) => {
        const { cursor, positions = {} } = request as Sent & { cursor?: string; positions?: Positions };
        const ends = { ...NOTHING_LOST, time: clock.now(), subscriptions: 1, final: true };
        if (!isAway) return { type: 'replay', ...ends, events: [] };
        if (stop === 'refusal' && clock.now() >= until) [pages, until] = [0, clock.now() + WINDOW];
        if (++pages > most) {
          if (stop === 'refusal') {
            const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'too many', retryAfter: until - clock.now() };
            return { type: 'error', error };
          }
          pages = 0;
          service.sockets.at(-1)?.shut(1006);
        }
        const [from, known] = cursor === undefined ? [0, positions] : (JSON.parse(cursor) as [number, Positions]);
        return { type: 'replay', ...ends, ...pageFrom(from, known) };
      },
    },
  });
  const client = connect({ url: 'ws://script', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  const gaps: unknown[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  client.on('error', (error) => {
    if (!(error instanceof ConnectionLostError || error instanceof RequestError)) throw error;
  });
  client.subscribe('x:*', ({ id }) => heard.push(id));
  await clock.advance(1_000);
  for (const event of events.filter(({ offset }) => offset === 1)) service.say(event);
  await clock.advance(1_000);
  isAway = true;
  service.sockets.at(-1)?.shut(1006);
  await clock.advance(3_600_000);
  const { state } = client;
  await client.close();
  return { state, heard, gaps, all: events.map(({ id }) => id) };
};

const missed = fc.record({
  missed: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 4 }),
  page: fc.integer({ min: 1, max: 4 }),
  most: fc.integer({ min: 5, max: 8 }),
});

it.each<Stop>(['refusal', 'cut'])(
  '[R-3] who catches up comes to the end, however often a %s stops it on the way',
  async (stop) => {
    await fc.assert(
      fc.asyncProperty(missed, async (plan) => {
        const { state, heard, gaps, all } = await catchUp(plan, stop);
        expect([state, heard.toSorted(), gaps]).toEqual(['connected', all.toSorted(), []]);
      }),
      { numRuns: 60 },
    );
  },
);

/** A client whose subscription begins with all that is kept, at a service that gives so many pages in a window. */
const beginWithReplay = async ({ events, page, most }: { events: number; page: number; most: number }) => {
  const clock = new ModelClock(new SeededRandom(1));
  let [pages, until] = [0, 0];
  const kept = Array.from({ length: events }, (_, i) => ({
    ...{ type: 'event', id: `e${i + 1}`, channel: 'x:1', category: 'x', priority: 'normal' },
    ...{ offset: i + 1, epoch: 'e', timestamp: 1, data: null },
  }));
  const pageFrom = (from: number) => {
    if (clock.now() >= until) [pages, until] = [0, clock.now() + WINDOW];
    if (++pages > most) {
      const error = { code: 'RATE_LIMIT_EXCEEDED', message: 'too many', retryAfter: until - clock.now() };
      return { type: 'error', error };
    }
    const next = from + page < events ? String(from + page) : null;
    const ends = { ...NOTHING_LOST, time: clock.now(), subscriptions: 1, final: true };
    return { type: 'replay', ...ends, events: kept.slice(from, from + page), next };
  };
  const service = new ScriptedService(clock, {
    instead: {
      subscribe: ({ options, channels, patterns }: Sent) =>
        (options as { replayEvents?: boolean } | undefined)?.replayEvents
          ? pageFrom(0)
          : { type: 'subscribed', channels, patterns, positions: {}, time: clock.now() },
      replay: ({ cursor }: Sent) => pageFrom(Number(cursor ?? events)),
    },
  });
  const client = connect({ url: 'ws://script', webSocket: service.webSocket, clock });
  const heard: string[] = [];
  client.on('error', () => undefined);
  client.subscribe('x:*', ({ id }) => heard.push(id), { replay: {} });
  await clock.advance(3_600_000);
  await client.close();
  return { heard, all: kept.map(({ id }) => id) };
};

it('[R-3] a subscription that begins with all that is kept comes to the end, however often it is refused', async () => {
  const plans = fc.record({
    events: fc.integer({ min: 0, max: 60 }),
    page: fc.integer({ min: 1, max: 4 }),
    most: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { heard, all } = await beginWithReplay(plan);
      expect(heard).toEqual(all);
    }),
    { numRuns: 60 },
  );
});
