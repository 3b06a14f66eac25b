import { describe, expect, it } from 'vitest';
import { type Client, ClosedError, connect, type Subscription, type ToldError } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { ScriptedService } from './scripted-service.ts';

const SEEDS = 60;

/** What becomes of promises, by name. */
type Outcomes = Map<string, number>;

/** Plays public calls and the service’s moods in any order. @returns what came of it once all is at rest. */
const play = async (seed: number) => {
  const random = new SeededRandom(seed);
  const clock = new ModelClock(random);
  let isSilent = false;
  const service = new ScriptedService(clock, {
    opens: random.pick([0, 50, 400]),
    greets: random.pick([0, 50, 3_000, 'never']),
    answers: random.pick([0, 10, 300]),
    ...(random.chance(0.5) ? { expires: 20_000 } : {}),
    isSilent: () => isSilent,
  });
  const client = connect({
    ...{ url: 'ws://script', webSocket: service.webSocket, clock, requestTimeout: 5_000, replaceAfter: 15_000 },
    ...(random.chance(0.5) ? { token: () => random.pick(['token', Promise.resolve('token')]) } : {}),
  });
  const told: ToldError[] = [];
  client.on('error', (error) => told.push(error));
  const outcomes: Outcomes = new Map();
  let asked = 0;
  const note = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const follow = (promise: Promise<unknown>): void => {
    asked++;
    promise.then(
      () => note('done'),
      (error: unknown) => note(error instanceof ClosedError ? 'closed' : String(error)),
    );
  };
  const open: Subscription[] = [];
  const calls: readonly ((it: Client) => unknown)[] = [
    (it) => {
      const options = random.pick([{}, { initialState: true }, { replay: {} }]);
      const subscription = it.subscribe(random.pick(['a', 'b', 'x:*']), () => undefined, options);
      open.push(subscription);
      follow(subscription.ready);
    },
    () => open.splice(random.below(open.length), 1)[0]?.unsubscribe(),
    (it) => follow(it.broadcast(random.pick(['a', 'x:1']), asked)),
    (it) => follow(it.replay({ since: 0 })),
    (it) => follow(it.compression({ enable: random.chance(0.5) })),
    (it) => follow(it.connected()),
    (it) => it.reconnect(),
    () => service.sockets.at(-1)?.shut(random.pick([1000, 1001, 1006, 1012])),
    () => service.say({ type: 'reconnect', after: random.below(2_000) }),
    () => {
      isSilent = random.chance(0.3);
    },
  ];
  for (let step = 0; step < 60; step++) {
    random.pick(calls)(client);
    await clock.advance(random.pick([0, 0, 1, 60, 400, 4_000]));
  }
  isSilent = false;
  await clock.advance(10 * 60_000);
  return { client, clock, service, told, outcomes, asked, open };
};

describe('whatever is called in whatever order, in whatever state the connection is', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'comes to rest, and each promise settles: %d',
    async (seed) => {
      const { client, service, told, outcomes, asked } = await play(seed);
      expect(client.state).toBe('connected');
      expect(outcomes).toEqual(new Map([['done', asked]]));
      // Of the connection alone, which was cut or silent; nothing was refused, and nothing threw.
      for (const { about, isFinal } of told) expect([about, isFinal]).toEqual(['connection', false]);
      // A connection is being replaced, perhaps.
      const open = service.sockets.filter(({ state }) => state === 'open').length;
      expect([1, 2]).toContain(open);
      await client.close();
    },
  );

  it('a client that is closed at any time settles all there is, and leaves no socket', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { client, clock, service, outcomes, open } = await play(seed);
      const before = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
      const late = [client.broadcast('a', 1), client.replay({ since: 0 }), open[0]?.ready, client.connected()];
      const settled = Promise.allSettled(late);
      await Promise.all([client.close(), clock.advance(10)]);
      await settled;
      expect(client.state).toBe('closed');
      expect(before).toBeGreaterThan(0);
      expect(service.sockets.every(({ state }) => state === 'closed')).toBe(true);
      await expect(client.replay({ since: 0 })).rejects.toBeInstanceOf(ClosedError);
    }
  });
});
