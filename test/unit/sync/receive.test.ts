import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import { DependencyAway, Overloaded } from '../../../lib/ports/dependency.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { digestOf } from '../../../lib/protocol/digest.ts';
import type { Positions } from '../../../lib/protocol/position.ts';
import type { Answered } from '../../../lib/sync/receive.ts';
import { answered } from '../../frames.ts';
import type { WatchedBus } from './watched-bus.ts';
import { connection, event } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

const alice = connection('A', 'alice');
let subscriptions: MemorySubscriptions;
let bus: WatchedBus;
let failures: unknown[];
let answers: Answered[];
let world: ReceivingWorld;

beforeEach(() => {
  failures = [];
  answers = [];
  world = receivingWorld({
    limits: { messageSize: 1_000, subscriptions: 5, patterns: 1_000 },
    replay: { enabled: true, retention: 1_000_000, batchSize: 3, maxEvents: 10 },
    onAnswered: (answered) => answers.push(answered),
    onFailure: (error) => failures.push(error),
  });
  ({ subscriptions, bus } = world);
});

const frames = async (body: unknown) =>
  (await answered(world, alice, body)).map((frame) => JSON.parse(frame) as Record<string, unknown>);

const send = async (message: unknown) => {
  const [answer, ...others] = await frames(typeof message === 'string' ? message : JSON.stringify(message));
  expect(others).toEqual([]);
  return answer;
};

const refused = (code: string, extra: Record<string, unknown> = {}) =>
  expect.objectContaining({ type: 'error', error: expect.objectContaining({ code, ...extra }) });

describe('bad input', () => {
  it.each([
    ['not JSON', '{"type":', 'INVALID_JSON'],
    ['an empty frame', '', 'INVALID_JSON'],
    ['null', 'null', 'INVALID_MESSAGE'],
    ['a number', '42', 'INVALID_MESSAGE'],
    ['an array', '[{"type":"ping"}]', 'INVALID_MESSAGE'],
    ['no type', '{}', 'UNKNOWN_TYPE'],
    ['a type that is no text', '{"type":7}', 'UNKNOWN_TYPE'],
    ['an unknown type', '{"type":"shout"}', 'UNKNOWN_TYPE'],
    ['the name of a method of every object', '{"type":"constructor"}', 'UNKNOWN_TYPE'],
    ['a message only the service sends', '{"type":"event"}', 'UNKNOWN_TYPE'],
    ['the gateway’s own route', '{"type":"$connect"}', 'UNKNOWN_TYPE'],
    ['channels that are no list', '{"type":"subscribe","channels":"a"}', 'INVALID_MESSAGE'],
    ['a channel that is no text', '{"type":"subscribe","channels":[1]}', 'INVALID_MESSAGE'],
    ['nothing to subscribe to', '{"type":"subscribe"}', 'INVALID_MESSAGE'],
    ['nothing to unsubscribe from', '{"type":"unsubscribe"}', 'INVALID_MESSAGE'],
    ['no channel', '{"type":"broadcast","data":1}', 'INVALID_MESSAGE'],
    ['no data', '{"type":"broadcast","channel":"a"}', 'INVALID_MESSAGE'],
    ['an unknown priority', '{"type":"broadcast","channel":"a","data":1,"priority":"urgent"}', 'INVALID_MESSAGE'],
    ['no target user', '{"type":"broadcast","channel":"a","data":1,"targetUsers":[]}', 'INVALID_MESSAGE'],
    ['an empty id', '{"type":"broadcast","channel":"a","data":1,"id":""}', 'INVALID_MESSAGE'],
    [
      'an id of 129 characters',
      `{"type":"broadcast","channel":"a","data":1,"id":"${'x'.repeat(129)}"}`,
      'INVALID_MESSAGE',
    ],
    ['positions without an epoch', '{"type":"ping","positions":{"a":{"offset":1}}}', 'INVALID_MESSAGE'],
    ['an empty channel', '{"type":"broadcast","channel":"","data":1}', 'INVALID_CHANNEL'],
    ['an empty segment', '{"type":"subscribe","channels":["a::b"]}', 'INVALID_CHANNEL'],
    ['a channel of 201 characters', `{"type":"subscribe","channels":["${'x'.repeat(201)}"]}`, 'INVALID_CHANNEL'],
    ['a wildcard where a channel is meant', '{"type":"subscribe","channels":["user:*"]}', 'INVALID_CHANNEL'],
    ['a bad pattern', '{"type":"subscribe","patterns":["a:b**"]}', 'INVALID_PATTERN'],
    ['a bad regular expression', '{"type":"subscribe","patterns":["/(/"]}', 'INVALID_PATTERN'],
    [
      'a regular expression that is not RE2',
      String.raw`{"type":"subscribe","patterns":["/(a)\\1/"]}`,
      'INVALID_PATTERN',
    ],
    [
      'a message over the size limit',
      JSON.stringify({ type: 'ping', requestId: 1, x: 'x'.repeat(1_000) }),
      'MESSAGE_TOO_LARGE',
    ],
  ])('[F-1] [F-3] [X-1] %s is answered by an error', async (_, frame, code) => {
    expect(await send(frame)).toEqual(refused(code));
    expect(failures).toEqual([]);
  });

  it('a binary frame is answered by an error', async () => {
    expect((await frames(Buffer.from('{"type":"ping"}')))[0]).toEqual(refused('BINARY_NOT_SUPPORTED'));
  });

  it.each([['text'], [7]])('[F-2] requestId %j is echoed by errors and answers', async (requestId) => {
    expect(await send({ type: 'ping', requestId })).toMatchObject({ type: 'pong', requestId });
    expect(await send({ type: 'shout', requestId })).toMatchObject({ type: 'error', requestId });
    expect(await send({ type: 'subscribe', requestId, channels: ['a b'] })).toMatchObject({ type: 'error', requestId });
  });

  it('[F-2] a requestId that is none is refused and not echoed', async () => {
    const answer = await send({ type: 'ping', requestId: { a: 1 } });
    expect(answer).toEqual(refused('INVALID_MESSAGE'));
    expect(answer?.['requestId']).toBeUndefined();
  });

  it.each(['compression', 'auth'])('[X-3] %s is answered NOT_AVAILABLE', async (type) => {
    expect(await send({ type, requestId: 1, since: 0, enable: true, token: 't' })).toEqual(refused('NOT_AVAILABLE'));
  });
});

describe('subscribe', () => {
  it('[S-4] [F-4] one bad pattern refuses the whole request and is named', async () => {
    const answer = await send({ type: 'subscribe', channels: ['good'], patterns: ['fine:*', 'bad:x**'] });
    expect(answer).toEqual(refused('INVALID_PATTERN', { message: expect.stringContaining('bad:x**') }));
    expect(world.store.audiences.size).toBe(0);
  });

  it('[S-6] [F-4] more than the limit is refused whole', async () => {
    await send({ type: 'subscribe', channels: ['a', 'b', 'c'] });
    expect(await send({ type: 'subscribe', channels: ['d', 'e', 'f'] })).toEqual(refused('TOO_MANY_SUBSCRIPTIONS'));
    expect(await subscriptions.count('A')).toBe(3);
    expect(await send({ type: 'subscribe', channels: ['a', 'b', 'c', 'd', 'e'] })).toMatchObject({
      type: 'subscribed',
    });
  });

  it('[S-12] [F-4] more patterns to be matched one by one than a user may have are refused whole, and the limit named', async () => {
    world = { ...world, limits: { ...world.limits, patterns: 2 } };
    await send({ type: 'subscribe', patterns: ['a:b?', 'a:*'] });
    expect(await send({ type: 'subscribe', channels: ['d'], patterns: ['a:c?', '/d/'] })).toEqual(
      refused('TOO_MANY_PATTERNS', { message: expect.stringContaining('MAX_PATTERNS_PER_USER') }),
    );
    expect(await subscriptions.held('A')).toEqual(['a:b?', 'a:*']);
    expect(await send({ type: 'subscribe', patterns: ['a:c?', 'b:*', 'c:*'] })).toMatchObject({ type: 'subscribed' });
  });

  it('options that need the history are answered NOT_AVAILABLE where it is switched off', async () => {
    world = { ...world, replay: { ...world.replay, enabled: false } };
    const options = { sendInitialState: true, replayEvents: true, replaySince: 1634567890000 };
    expect(await send({ type: 'subscribe', channels: ['a'], options })).toEqual(refused('NOT_AVAILABLE'));
    expect(await send({ type: 'replay', since: 0 })).toEqual(refused('NOT_AVAILABLE'));
    expect(world.store.audiences.size).toBe(0);
  });

  it('gives positions for what is found by name, a pattern without wildcards included', async () => {
    expect(await send({ type: 'subscribe', channels: ['a'], patterns: ['b:c', 'd:*'] })).toMatchObject({
      type: 'subscribed',
      channels: ['a'],
      patterns: ['b:c', 'd:*'],
      positions: { a: { offset: 0, epoch: 'e' }, 'b:c': { offset: 0, epoch: 'e' } },
    });
  });
});

describe('broadcast', () => {
  it('[B-5] [X-2] an absent broker is UNAVAILABLE, with a time to try again', async () => {
    bus.failure = new DependencyAway('rabbitmq', new Error('ECONNREFUSED'));
    expect(await send({ type: 'broadcast', channel: 'a', data: 1 })).toEqual(
      refused('UNAVAILABLE', { retryAfter: 1_000 }),
    );
    expect(failures).toHaveLength(1);
  });

  it('[B-8] [X-2] a broker whose queues are full is OVERLOADED, with a time of its own to try again, and no failure', async () => {
    bus.failure = new Overloaded(new Error('nacked'));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send({ type: 'broadcast', channel: 'a', data: 1 })),
    );
    const waits = answers.map((answer) => {
      expect(answer).toMatchObject({ type: 'error', error: { code: 'OVERLOADED' } });
      return (answer as { error: { retryAfter: number } }).error.retryAfter;
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...waits)).toBeLessThan(3_000);
    expect(new Set(waits).size).toBeGreaterThan(1);
    expect(failures).toEqual([]);
  });

  it('[O-2] every message is reported once, with its type and why it was refused', async () => {
    await send({ type: 'broadcast', channel: 'a', data: 1 });
    await send({ type: 'broadcast', channel: 'a b', data: 1 });
    await send({ type: 'nonsense' });
    await send('not json');
    const duration = expect.any(Number);
    expect(answers).toEqual([
      { type: 'broadcast', refused: undefined, limit: undefined, duration },
      { type: 'broadcast', refused: 'INVALID_CHANNEL', limit: undefined, duration },
      { type: undefined, refused: 'UNKNOWN_TYPE', limit: undefined, duration },
      { type: undefined, refused: 'INVALID_JSON', limit: undefined, duration },
    ]);
  });

  it('says nothing of a failure of its own but that it failed', async () => {
    bus.failure = new TypeError('secret detail');
    const answer = await send({ type: 'broadcast', channel: 'a', data: 1 });
    expect(answer).toEqual(refused('INTERNAL'));
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it.each([
    [
      { channel: 'memory:created', data: 1 },
      { category: 'memory', priority: 'normal' },
    ],
    [
      { channel: 'a', data: { priority: 'high' } },
      { category: 'a', priority: 'high' },
    ],
    [{ channel: 'a', data: { priority: 'urgent' } }, { priority: 'normal' }],
    [
      { channel: 'a', data: { priority: 'high' }, priority: 'low', category: 'z' },
      { category: 'z', priority: 'low' },
    ],
    [
      { channel: 'a', data: null, id: 'mine' },
      { id: 'mine', data: 'null', userId: 'alice' },
    ],
  ])('[E-6] %j is published as %j', async (message, published) => {
    expect(await send({ type: 'broadcast', ...message })).toMatchObject({ type: 'ack' });
    expect(bus.published[0]).toMatchObject(published);
  });
});

describe('ping', () => {
  it('[P-1] is answered by pong with the time', async () => {
    expect(await send({ type: 'ping' })).toEqual({ type: 'pong', time: 1_700_000_000_000 });
  });

  it('[P-2] says which channels hold more, and whether the subscriptions are gone', async () => {
    await world.history.append([event('a', '1'), event('a', '2'), event('b', '3')]);
    await send({ type: 'subscribe', channels: ['a', 'b'], patterns: ['c*', '/d+/'] });
    const positions = {
      a: { offset: 1, epoch: 'e' },
      b: { offset: 1, epoch: 'e' },
      c: { offset: 0, epoch: 'another' },
      ddd: { offset: 0, epoch: 'another' },
    };
    const answer = await send({ type: 'ping', positions });
    expect(answer).toMatchObject({ behind: ['a', 'c', 'ddd'], subscriptions: 4 });
    expect(answer).not.toHaveProperty('unsubscribed');
    await send({ type: 'unsubscribe', channels: ['a', 'b'], patterns: ['c*', '/d+/'] });
    expect(await send({ type: 'ping', positions: {} })).toMatchObject({ subscriptions: 0, unsubscribed: true });
  });

  it('[P-5] says which subscriptions there are, where it is asked to', async () => {
    await world.history.append([event('a', '1'), event('c', '2'), event('d', '3')]);
    const positions = Object.fromEntries(['a', 'c', 'd'].map((channel) => [channel, { offset: 0, epoch: 'e' }]));
    const said = async () => send({ type: 'ping', positions, digest: true });
    expect(await said()).toMatchObject({ subscriptions: 0, digest: digestOf([]), behind: [], unsubscribed: true });
    await send({ type: 'subscribe', channels: ['a', 'b'], patterns: ['c*', '/d+/'] });
    const digest = digestOf(['/d+/', 'b', 'a', 'c*']);
    expect(await said()).toMatchObject({ subscriptions: 4, digest, behind: ['a', 'c', 'd'] });
    await send({ type: 'unsubscribe', channels: ['b'], patterns: ['/d+/'] });
    expect(await said()).toMatchObject({ subscriptions: 2, digest: digestOf(['a', 'c*']), behind: ['a', 'c'] });
    expect(await send({ type: 'ping', positions })).not.toHaveProperty('digest');
    expect(await send({ type: 'ping', positions, digest: false })).not.toHaveProperty('digest');
    expect(await send({ type: 'ping', digest: true })).not.toHaveProperty('digest');
  });

  it('[P-2] [G-5] tells nothing of channels that the connection does not hear, however it names them', async () => {
    await world.history.append([event('secret', '1'), event('secret', '2', { targetUsers: ['alice'] })]);
    const questions = [
      { secret: { offset: 0, epoch: 'e' } },
      { secret: { offset: 0, epoch: 'made-up' } },
      { secret: { offset: 1, epoch: 'e', private: { offset: 0, epoch: 'e' } } },
      { never: { offset: 0, epoch: 'made-up' } },
    ];
    for (const patterns of [[], ['other:*', '/secrets/']]) {
      if (patterns.length > 0) await send({ type: 'subscribe', channels: ['other'], patterns });
      for (const positions of questions) {
        expect(await send({ type: 'ping', positions })).toMatchObject({ behind: [] });
      }
    }
  });

  it('[P-2] [L-1] looks into no history of a channel that the connection does not hear', async () => {
    const asked = vi.spyOn(world.history, 'positions');
    await send({ type: 'subscribe', patterns: ['heard:*'] });
    asked.mockClear();
    const names = ['a', 'b', 'toString', 'constructor', 'heard:1'];
    const positions = Object.fromEntries(names.map((name) => [name, { offset: 0, epoch: 'made-up' }]));
    expect(await send({ type: 'ping', positions })).toMatchObject({ behind: ['heard:1'] });
    expect(asked.mock.calls.flatMap(([channels]) => channels)).toEqual(['heard:1']);
  });

  it('[P-2] makes nothing of channels that hold nothing, whoever names them', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `never:${i}`);
    await send({ type: 'subscribe', patterns: ['never:*'] });
    const positions = Object.fromEntries(names.map((name) => [name, { offset: 0, epoch: 'made-up' }]));
    expect(await send({ type: 'ping', positions })).toMatchObject({ behind: names });
    const { store } = world;
    expect([store.counters.size, store.foretold.size]).toEqual([0, 0]);
  });

  it('[P-2] [S-2] a channel that holds nothing is not behind where it was said to stand', async () => {
    const { positions } = (await send({ type: 'subscribe', channels: ['a'] })) as { positions: Positions };
    expect(await send({ type: 'ping', positions })).toMatchObject({ behind: [] });
    expect(world.store.counters.size).toBe(0);
    await world.history.append([event('a', '1')]);
    expect(await send({ type: 'ping', positions })).toMatchObject({ behind: ['a'] });
    expect(await send({ type: 'replay', positions })).toMatchObject({ recovered: true, events: [{ offset: 1 }] });
  });
});

describe('a batch', () => {
  const able = { ...alice, capabilities: parseCapabilities('batch') };
  const sendBatch = async (messages: unknown, from = able) => {
    const answers = await answered(world, from, JSON.stringify({ type: 'batch', messages }));
    return answers.map((frame) => JSON.parse(frame) as Record<string, unknown>);
  };
  beforeEach(() => {
    world = { ...world, limits: { ...world.limits, messageSize: 100_000 } };
  });
  const say = (data: unknown, extra: object = {}) => ({ type: 'broadcast', channel: 'x', data, ...extra });

  it('[B-6] is answered by one, in the order of its requests, each looked at by itself', async () => {
    const messages = [
      say(1, { requestId: 1, id: 'one' }),
      say(2, { requestId: 2, channel: 'x::' }),
      { type: 'ping', requestId: 3 },
      'no message',
      say(5, { requestId: 5, id: 'five' }),
    ];
    expect(await sendBatch(messages)).toEqual([
      {
        type: 'batch',
        messages: [
          { type: 'ack', requestId: 1, id: 'one' },
          { type: 'error', requestId: 2, error: expect.objectContaining({ code: 'INVALID_CHANNEL' }) },
          { type: 'error', requestId: 3, error: expect.objectContaining({ code: 'INVALID_MESSAGE' }) },
          { type: 'error', error: expect.objectContaining({ code: 'UNKNOWN_TYPE' }) },
          { type: 'ack', requestId: 5, id: 'five' },
        ],
      },
    ]);
    expect(bus.published.map(({ id }) => id)).toEqual(['one', 'five']);
  });

  it('[B-6] where there is ample room, publishes in order, all before the first confirm is awaited', async () => {
    bus.hasRoom = true;
    const confirm = Promise.withResolvers<void>();
    const publish = bus.publish.bind(bus);
    bus.publish = async (broadcast) => {
      await publish(broadcast);
      await confirm.promise;
    };
    const answered = sendBatch(Array.from({ length: 100 }, (_, n) => say(n)));
    await expect.poll(() => bus.published.map(({ data }) => Number(data))).toEqual([...Array(100).keys()]);
    confirm.resolve();
    await answered;
  });

  it('[B-6] of one is answered by its answer', async () => {
    expect(await sendBatch([say(1, { id: 'one', requestId: 1 })])).toEqual([{ type: 'ack', requestId: 1, id: 'one' }]);
  });

  it('[B-6] whose answers do not fit into a frame is answered by several', async () => {
    const id = (n: number) => `${n}${'é'.repeat(120)}`;
    const answers = await sendBatch(Array.from({ length: 100 }, (_, n) => say(n, { id: id(n), requestId: id(n) })));
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.flatMap(({ messages }) => (messages as { id: string }[]).map((ack) => ack.id))).toEqual(
      Array.from({ length: 100 }, (_, n) => id(n)),
    );
  });

  it.each([
    ['none', []],
    ['too many', Array.from({ length: 101 }, () => say(1))],
    ['no list', 'say'],
  ])('of %s is refused', async (_, messages) => {
    expect(await sendBatch(messages)).toEqual([refused('INVALID_MESSAGE')]);
    expect(bus.published).toEqual([]);
  });

  it('[B-6] of a client that did not declare it is refused, each request by itself', async () => {
    const [answer] = await sendBatch([say(1, { requestId: 1 }), say(2, { requestId: 2 })], alice);
    expect(answer).toMatchObject({ type: 'batch', messages: [{ requestId: 1 }, { requestId: 2 }] });
    expect(answer?.['messages']).toEqual([refused('NOT_AVAILABLE'), refused('NOT_AVAILABLE')]);
    expect(bus.published).toEqual([]);
  });

  it('[B-5] tells of each broadcast whether the broker took it', async () => {
    const publish = bus.publish.bind(bus);
    bus.publish = async (broadcast) => {
      if (broadcast.id === 'b') throw new DependencyAway('rabbitmq', new Error('away'));
      return publish(broadcast);
    };
    const [answer] = await sendBatch(['a', 'b', 'c'].map((id) => say(1, { id, channel: id })));
    expect(answer?.['messages']).toEqual([
      expect.objectContaining({ type: 'ack', id: 'a' }),
      refused('UNAVAILABLE'),
      expect.objectContaining({ type: 'ack', id: 'c' }),
    ]);
  });
});
