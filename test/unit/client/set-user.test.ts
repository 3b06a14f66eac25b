import { expect, it } from 'vitest';
import { type Client, connect } from '../../../client/src/index.ts';
import { SeededRandom } from '../../seeded-random.ts';
import { event } from '../sync/world.ts';
import { ModelClock } from './model/model-clock.ts';
import { ModelService } from './model/service.ts';
import { type Script, ScriptedService } from './scripted-service.ts';

/** A client of the domain itself. */
const inModel = () => {
  const random = new SeededRandom(5);
  const clock = new ModelClock(random);
  const service = new ModelService(clock, random);
  const client = connect({ url: 'ws://model', user: 'alice', webSocket: service.webSocket, clock });
  let published = 0;
  const publish = async (channel: string, user?: string): Promise<string> => {
    const id = `${user ?? 'all'} ${++published}`;
    service.publish(event(channel, id, user === undefined ? {} : { targetUsers: [user] }));
    await clock.advance(2_000);
    return id;
  };
  return { clock, service, client, publish };
};

/** A client of a service that answers by a script; which users and tokens its handshakes had. */
const inScript = (script: Script = {}) => {
  const clock = new ModelClock(new SeededRandom(1));
  const service = new ScriptedService(clock, script);
  const shown: unknown[] = [];
  class Shown extends service.webSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      shown.push([new URL(url).searchParams.get('user'), protocols?.at(-1)]);
    }
  }
  const options = { url: 'ws://script', webSocket: Shown, clock };
  return { clock, service, shown, options };
};

const eventAt = (offset: number, timestamp: number) => ({
  ...{ type: 'event', id: `e${offset}`, channel: 'a', category: 'a', priority: 'normal', userId: 'carol' },
  ...{ timestamp, offset, epoch: 'e', data: null },
});

/** What becomes of a promise. */
const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: Error) => error.name,
  );

it('subscriptions stay, and hear what is for the new user from then on, and nothing that is for the one before', async () => {
  const { clock, client, publish } = inModel();
  const heard: string[] = [];
  const gaps: unknown[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  client.subscribe('a', ({ id }) => heard.push(id));
  client.subscribe('x:*', ({ id }) => heard.push(id));
  await clock.advance(5_000);
  const first = [await publish('a'), await publish('x:1', 'alice')];
  expect(heard).toEqual(first);
  client.setUser({ user: 'bob' });
  await publish('a', 'alice');
  await clock.advance(5_000);
  expect(client.state).toBe('connected');
  expect(client.connection?.userId).toBe('bob');
  expect(client.counts).toMatchObject({ events: 0, connections: 1 });
  await publish('x:1', 'alice');
  const then = [await publish('a'), await publish('x:1', 'bob'), await publish('x:2')];
  // What was published while nobody was subscribed is nobody's.
  expect(heard).toEqual([...first, ...then]);
  // It goes on from the new user's places.
  client.reconnect();
  await clock.advance(60_000);
  expect(heard).toHaveLength(5);
  expect(gaps).toEqual([]);
  await client.close();
});

it('what a subscription asked to begin with it begins with again', async () => {
  const { clock, client, publish } = inModel();
  const [one, two] = [await publish('a'), await publish('a')];
  const heard: unknown[] = [];
  const late = client.subscribe('a', ({ id }, how) => heard.push([id, how]), { initialState: true });
  client.subscribe('a', ({ id }, how) => heard.push([id, how]), { replay: { last: 2 } });
  await clock.advance(5_000);
  const begun = [
    [one, 'replay'],
    [two, 'replay'],
    [two, 'state'],
  ];
  expect(heard.sort()).toEqual(begun);
  heard.length = 0;
  client.setUser({ user: 'bob' });
  await clock.advance(5_000);
  expect(heard.sort()).toEqual(begun);
  late.unsubscribe();
  await client.close();
});

it('what waited for a subscription to begin is not heard once its handler went on as another', async () => {
  const { clock, service, client } = inModel();
  service.late = (type) => (type === 'subscribe' ? 1_000 : 0);
  const heard: string[] = [];
  client.subscribe('a', ({ id }) => {
    heard.push(id);
    client.setUser({ user: 'bob' });
  });
  await clock.advance(500);
  for (const id of ['p1', 'p2']) service.publish(event('a', id));
  await clock.advance(20_000);
  expect(heard).toEqual(['p1']);
  await client.close();
});

it('what was written and not sent is never sent, neither as the one nor as the other, and what was sent is unknown', async () => {
  const { clock, service, shown, options } = inScript({ answers: 1_000 });
  const client = connect({ ...options, user: 'alice' });
  await clock.advance(2_000);
  const sent = outcomeOf(client.broadcast('a', 1));
  await clock.advance(100);
  const waiting = outcomeOf(client.broadcast('a', 2));
  client.setUser({ user: 'bob' });
  const own = client.broadcast('a', 3, { id: 'own' });
  await clock.advance(10_000);
  expect(await Promise.all([sent, waiting, own])).toEqual(['OutcomeUnknownError', 'UserChangedError', { id: 'own' }]);
  const written = service.sent.map((requests) => requests.filter(({ type }) => type === 'broadcast'));
  expect(written.map((requests) => requests.map(({ data }) => data))).toEqual([[1], [3]]);
  expect(shown).toEqual([
    ['alice', undefined],
    ['bob', undefined],
  ]);
  await client.close();
});

it('what was kept back of the user before is not heard', async () => {
  const { clock, service, options } = inScript();
  const client = connect({ ...options, user: 'alice' });
  const heard: string[] = [];
  client.subscribe('a', ({ id }) => heard.push(id));
  await clock.advance(2_000);
  service.say(eventAt(1, clock.now()));
  service.say(eventAt(3, clock.now()));
  await clock.advance(10);
  client.setUser({ user: 'bob' });
  await clock.advance(2_000);
  service.say(eventAt(1, clock.now()));
  service.say(eventAt(2, clock.now()));
  await clock.advance(2_000);
  expect(heard).toEqual(['e1', 'e1', 'e2']);
  await client.close();
});

it('a question of the user before is not asked as the new one', async () => {
  const { clock, service, options } = inScript({ answers: 1_000, features: { history: true } });
  const client = connect({ ...options, user: 'alice' });
  await clock.advance(10_000);
  const underWay = outcomeOf(client.replay({ since: 0 }));
  await clock.advance(100);
  client.setUser({ user: 'bob' });
  const unasked = outcomeOf(client.history('a'));
  client.setUser({ user: 'carol' });
  await clock.advance(10);
  expect(await Promise.all([underWay, unasked])).toEqual(['UserChangedError', 'UserChangedError']);
  await clock.advance(10_000);
  expect(client.state).toBe('connected');
  expect(service.sent.slice(1).flatMap((requests) => requests.filter(({ type }) => type === 'replay'))).toEqual([]);
  await client.close();
});

it('a handler may go on as another user: what the one before was to hear behind that is not heard', async () => {
  const { clock, service, options } = inScript();
  const client: Client = connect({ ...options, user: 'alice' });
  const heard: string[] = [];
  client.subscribe('a', ({ id }) => {
    heard.push(`first ${id}`);
    if (id === 'e2' && heard.length === 3) client.setUser({ user: 'bob' });
  });
  client.subscribe('a', ({ id }) => heard.push(`second ${id}`));
  await clock.advance(2_000);
  service.say(eventAt(1, clock.now()));
  service.say(eventAt(3, clock.now()));
  service.say(eventAt(2, clock.now()));
  await clock.advance(5_000);
  expect(heard).toEqual(['first e1', 'second e1', 'first e2']);
  service.say(eventAt(1, clock.now()));
  await clock.advance(5_000);
  expect(heard.slice(3)).toEqual(['first e1', 'second e1']);
  await client.close();
});

it('shows the token of the new user, asks the one before for none, and leaves no timer of it', async () => {
  const { clock, shown, options } = inScript();
  const asked: string[] = [];
  const tokenOf = (name: string) => () => {
    asked.push(name);
    return name;
  };
  const client = connect({ ...options, token: tokenOf('alice') });
  await clock.advance(2_000);
  client.setUser({ token: tokenOf('bob') });
  await clock.advance(7_200_000);
  expect(asked.slice(0, 2)).toEqual(['alice', 'bob']);
  expect(asked.slice(1)).not.toContain('alice');
  expect(shown.slice(0, 2)).toEqual([
    [null, 'bearer.alice'],
    [null, 'bearer.bob'],
  ]);
  await client.close();
});

it('is refused once the client is closed', async () => {
  const { options } = inScript();
  const client = connect({ ...options, user: 'alice' });
  await client.close();
  expect(() => client.setUser({ user: 'bob' })).toThrow('closed');
});

it('before it is to connect, another user connects instead', async () => {
  const { clock, shown, options } = inScript();
  const client = connect({ ...options, user: 'alice', connect: false });
  const waiting = outcomeOf(client.broadcast('a', 1));
  client.setUser({ user: 'bob' });
  await clock.advance(10_000);
  expect([client.state, shown, await waiting]).toEqual(['idle', [], 'UserChangedError']);
  client.connect();
  await clock.advance(10_000);
  expect([client.state, shown]).toEqual(['connected', [['bob', undefined]]]);
  await client.close();
});
