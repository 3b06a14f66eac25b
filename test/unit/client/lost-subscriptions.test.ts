import { describe, expect, it } from 'vitest';
import { connect, type Subscription } from '../../../client/src/index.ts';
import { digestOf } from '../../../lib/protocol/digest.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { NOTHING_LOST, ScriptedService, type Sent } from './scripted-service.ts';

const BEAT = 30_000;

const textsOf = ({ channels = [], patterns = [] }: Sent): readonly string[] => [
  ...(channels as string[]),
  ...(patterns as string[]),
];

/** A client and a service that holds what was subscribed to, until somebody changes that. */
const setUp = async ({
  saysDigest = true,
  replaysSubscriptions = false,
  expires = undefined as number | undefined,
  allows = (_text: string): boolean => true,
} = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const held = new Set<string>();
  const replayed = () => ({
    ...{ type: 'replay', ...NOTHING_LOST, events: [], final: true, time: clock.now() },
    ...{ subscriptions: held.size, digest: digestOf(held) },
  });
  const service: ScriptedService = new ScriptedService(clock, {
    ...(expires === undefined ? {} : { expires }),
    on: (moment) => moment === 'made' && held.clear(),
    refuses: (request) => {
      const refused = textsOf(request).find((text) => !allows(text));
      if (refused !== undefined) {
        const error = { code: 'FORBIDDEN', message: `${JSON.stringify(refused)} is not granted` };
        return { type: 'error', requestId: request.requestId, error };
      }
      if (request.type === 'subscribe') for (const text of textsOf(request)) held.add(text);
      if (request.type === 'unsubscribe') for (const text of textsOf(request)) held.delete(text);
      return undefined;
    },
    instead: {
      ping: ({ digest }) => ({
        ...{ type: 'pong', time: clock.now(), subscriptions: held.size },
        ...(digest === true && saysDigest ? { digest: digestOf(held) } : {}),
      }),
      ...(replaysSubscriptions ? { replay: replayed } : {}),
    },
  });
  const client = connect({ url: 'ws://script', webSocket: service.webSocket, clock, token: () => 'token' });
  const subscriptions = ['a', 'b', 'x:*'].map((text) => client.subscribe(text, () => undefined));
  await clock.advance(1_000);
  return { clock, held, service, client, subscriptions };
};

describe('[P-5] a subscription that the service lost', () => {
  it('is noticed where it holds another instead, and is subscribed to again', async () => {
    const { clock, held, service, client } = await setUp();
    held.delete('b');
    held.add('phantom');
    await clock.advance(BEAT);
    expect([...held].sort()).toEqual(['a', 'b', 'phantom', 'x:*']);
    expect(service.count('subscribe')).toBe(2);
    await client.close();
  });

  it('is noticed where another took its place right after everything was subscribed to again', async () => {
    const { clock, held, service, client } = await setUp();
    held.clear();
    while (service.count('subscribe') < 2) await clock.advance(1);
    // By the number of them nothing is lost.
    held.delete('b');
    held.add('phantom');
    await clock.advance(4 * BEAT);
    expect(held).toContain('b');
    await client.close();
  });

  it('is looked for on a new connection where the old one holds more than was asked for', async () => {
    const { clock, held, service, client } = await setUp();
    held.delete('b');
    held.add('phantom');
    await clock.advance(BEAT);
    expect(service.sockets.length).toBe(1);
    await clock.advance(2 * BEAT);
    expect(service.sockets.length).toBe(2);
    expect([...held].sort()).toEqual(['a', 'b', 'x:*']);
    // A new connection holds nothing beside: it is kept.
    await clock.advance(5 * BEAT);
    expect(service.sockets.length).toBe(2);
    await client.close();
  });

  it('is noticed by how many there are, where the service says no more', async () => {
    const { clock, held, service, client } = await setUp({ saysDigest: false });
    held.add('phantom');
    await clock.advance(2 * BEAT);
    expect(service.count('subscribe')).toBe(1);
    for (const text of ['a', 'b']) held.delete(text);
    await clock.advance(2 * BEAT);
    // It had held more than was asked for.
    expect([...held].sort()).toEqual(['a', 'b', 'x:*']);
    await client.close();
  });

  it('is no loss of a history that was asked about meanwhile', async () => {
    for (let late = 0; late <= 30; late += 2) {
      const { clock, held, service, client } = await setUp({ replaysSubscriptions: true });
      const gaps: unknown[] = [];
      client.on('gap', (gap) => gaps.push(gap));
      const say = (offset: number, id: string) =>
        service.say({ type: 'event', id, channel: 'a', epoch: 'e', offset, timestamp: clock.now(), data: null });
      for (const offset of [1, 2, 3]) say(offset, `e${offset}`);
      await clock.advance(BEAT - 1_000 + 90 + late);
      // A sign that the history was set back: it is asked about once a ping, too, is under way.
      say(2, 'other');
      held.clear();
      while (held.size === 0) await clock.advance(1);
      expect(gaps, `${late} ms later`).toEqual([]);
      await client.close();
    }
  });

  it('is noticed behind a renewal of the session that ended nothing', async () => {
    const { clock, held, service, client } = await setUp({ expires: 2 * BEAT });
    while (service.count('auth') === 0) await clock.advance(1_000);
    await clock.advance(1_000);
    held.delete('b');
    await clock.advance(2 * BEAT);
    expect(held).toContain('b');
    await client.close();
  });

  it('[G-6] is subscribed to on a new connection where the service lost with it that the session was renewed', async () => {
    let granted = ['a', 'b', 'x:*'];
    const set = await setUp({ expires: 2 * BEAT, allows: (text) => granted.includes(text) });
    const { clock, held, service, client } = set;
    const refused: unknown[] = [];
    client.on('error', (error) => error.about === 'subscription' && refused.push(error));
    while (service.count('auth') === 0) await clock.advance(1_000);
    const handshake = granted;
    granted = [...handshake, 'renewed'];
    client.subscribe('renewed', () => undefined);
    await clock.advance(1_000);
    expect(held).toContain('renewed');
    held.clear();
    granted = handshake;
    while (service.sockets.length < 2 && refused.length === 0) await clock.advance(1);
    granted = [...handshake, 'renewed'];
    await clock.advance(1_000);
    expect(refused).toEqual([]);
    expect([...held].sort()).toEqual(['a', 'b', 'renewed', 'x:*']);
    await client.close();
  });

  it('is none that was unsubscribed, or subscribed to, while the ping was under way', async () => {
    for (let late = 0; late <= 30; late += 2) {
      const { clock, service, client, subscriptions } = await setUp();
      await clock.advance(BEAT - 1_000 + 90 + late);
      subscriptions[0]?.unsubscribe();
      client.subscribe(`c${late}`, () => undefined);
      await clock.advance(2 * BEAT);
      expect(service.count('subscribe')).toBe(2);
      await client.close();
    }
  });
});

it('[S-11] of one text, subscribe and unsubscribe are never under way together, however it is called', async () => {
  const asked = { subscribe: 0, unsubscribe: 0 };
  for (let seed = 1; seed <= 30; seed++) {
    const random = new SeededRandom(seed);
    const clock = new ModelClock(random);
    const underWay: { type: string; texts: readonly string[] }[] = [];
    const contradicted: string[] = [];
    const service: ScriptedService = new ScriptedService(clock, {
      answers: 200,
      refuses: (request) => {
        if (request.type !== 'subscribe' && request.type !== 'unsubscribe') return undefined;
        asked[request.type]++;
        const change = { type: request.type, texts: textsOf(request) };
        for (const { type, texts } of underWay)
          if (type !== request.type) contradicted.push(...texts.filter((text) => change.texts.includes(text)));
        underWay.push(change);
        clock.after(200, () => underWay.splice(underWay.indexOf(change), 1));
        return undefined;
      },
    });
    const client = connect({ url: 'ws://script', webSocket: service.webSocket, clock });
    const open: Subscription[] = [];
    for (let step = 0; step < 60; step++) {
      const options = random.pick([{}, { initialState: true }, { replay: {} }]);
      if (random.chance(0.5))
        open.push(client.subscribe(random.pick(['a', 'b', 'c', 'x:*']), () => undefined, options));
      else open.splice(random.below(open.length), 1)[0]?.unsubscribe();
      await clock.advance(random.pick([0, 50, 150, 500]));
    }
    await client.close();
    expect(contradicted, `seed ${seed}`).toEqual([]);
  }
  expect(asked.subscribe).toBeGreaterThan(100);
  expect(asked.unsubscribe).toBeGreaterThan(50);
});
