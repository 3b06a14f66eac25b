import { describe, expect, it } from 'vitest';
import { type Client, connect, type Event, type Subscription } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { ModelClock } from './model/model-clock.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

const setUp = (script: Script = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  const say = (offset: number, channel = 'a'): void =>
    service.say({
      type: 'event',
      ...{ id: `${offset}`, channel, category: 'c', priority: 'normal', timestamp: 1e15, offset, epoch: 'e', data: 1 },
    });
  return { clock, service, client, errors, say };
};

/** What a handler does to the subscriptions while it is called. */
const CHANGES: Readonly<
  Record<string, (client: Client, handler: (event: Event) => void, own: () => Subscription) => void>
> = {
  'subscribes to the same': (client, handler) => void client.subscribe('a', handler),
  'subscribes to the same anew, and then ends the old': (client, handler, own) => {
    const old = own();
    client.subscribe('a', handler);
    old.unsubscribe();
  },
  'ends the old, and then subscribes to the same anew': (client, handler, own) => {
    own().unsubscribe();
    client.subscribe('a', handler);
  },
  'subscribes to another pattern that hears it': (client, handler) => void client.subscribe('**', handler),
  'subscribes to one that is heard after it': (client, handler) => void client.subscribe('*', handler),
};

describe.each(Object.entries(CHANGES))('a handler that %s', (_, change) => {
  it('is called once for an event, also where others hear it', async () => {
    const { clock, client, say } = setUp();
    const calls: number[] = [];
    const others: number[] = [];
    const handler = (event: Event): void => {
      calls.push(event.offset);
      if (calls.length < 50 && event.offset === 1) change(client, handler, () => first);
    };
    const first = client.subscribe('a', handler);
    client.subscribe('a', ({ offset }) => others.push(offset));
    client.subscribe('*', ({ offset }) => others.push(offset));
    await clock.advance(1_000);
    say(1);
    expect(calls).toEqual([1]);
    expect(others).toEqual([1, 1]);
    await clock.advance(1_000);
    say(2);
    expect(new Set(calls)).toEqual(new Set([1, 2]));
    expect(calls.length).toBeLessThanOrEqual(3);
    expect(others).toEqual([1, 1, 2, 2]);
    await client.close();
  });

  it('is called once also for what was kept back until it began', async () => {
    const { clock, client, say } = setUp({ answers: 500 });
    const calls: number[] = [];
    const handler = (event: Event): void => {
      calls.push(event.offset);
      if (calls.length < 50) change(client, handler, () => first);
    };
    const first = client.subscribe('a', handler);
    client.subscribe('a', () => undefined);
    await clock.advance(300);
    say(1);
    await clock.advance(10_000);
    expect(calls).toEqual([1]);
    await client.close();
  });
});

it('a listener that another one ended while both were to be told is not told', async () => {
  const { clock, client } = setUp();
  const told: string[] = [];
  client.on('state', () => {
    told.push('first');
    end();
  });
  const end = client.on('state', () => told.push('second'));
  await clock.advance(1_000);
  expect(told).toEqual(['first']);
  await client.close();
});

/** Everything that can be asked of a client. */
const CALLS: readonly ((client: Client) => unknown)[] = [
  (client) => client.subscribe('b', () => undefined, { initialState: true, replay: {} }).ready,
  (client) => client.subscribe('c', () => undefined).unsubscribe(),
  (client) => client.broadcast('b', 1),
  (client) => client.replay({ since: 0 }),
  (client) => client.compression({ enable: true }),
  (client) => client.connected(),
  (client) => [client.state, client.connection, client.counts],
];

describe.each([1001, 1002, 1006, 'closed'] as const)('[P-4] whoever is told something may ask anything: %s', (end) => {
  it.each(['state', 'error', 'connection'] as const)('as a listener of %s', async (name) => {
    const { clock, service, client, errors } = setUp();
    const thrown: unknown[] = [];
    const settled: Promise<unknown>[] = [];
    client.on(name, () => {
      for (const call of CALLS) {
        try {
          const outcome = Promise.resolve(call(client));
          outcome.catch(() => undefined);
          settled.push(outcome);
        } catch (error) {
          thrown.push(error);
        }
      }
    });
    await client.subscribe('a', () => undefined);
    await clock.advance(1_000);
    if (end === 'closed') await Promise.all([client.close(), clock.advance(10)]);
    else service.sockets.at(-1)?.shut(end);
    await clock.advance(100_000);
    await Promise.all([client.close(), clock.advance(10)]);
    const outcomes = await Promise.allSettled(settled);
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.name] : []));
    expect(new Set(reasons)).toSatisfy((names: Set<string>) =>
      [...names].every((each) => ['ClosedError', 'OutcomeUnknownError'].includes(each)),
    );
    expect(thrown).toEqual([]);
    // What was broadcast and is lost is told, too.
    const lost = ['ConnectionLostError', 'ClosedError', 'OutcomeUnknownError'];
    for (const error of errors) expect(lost).toContain((error as Error).name);
  });
});
