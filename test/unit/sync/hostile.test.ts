import { beforeEach, describe, expect, it } from 'vitest';
import type { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { parsePattern } from '../../../lib/protocol/pattern.ts';
import type { Position } from '../../../lib/protocol/position.ts';
import { openSession } from '../../../lib/protocol/session.ts';
import { compilationsSoFar } from '../../../lib/sync/match/compiled.ts';
import { PatternIndex } from '../../../lib/sync/match/pattern-index.ts';
import { Hearing } from '../../../lib/sync/replay/hearing.ts';
import { answered } from '../../frames.ts';
import { connection, event } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

let subscriptions: MemorySubscriptions;
let world: ReceivingWorld;

beforeEach(() => {
  world = receivingWorld();
  ({ subscriptions } = world);
});

const send = async (message: object): Promise<Record<string, unknown>> =>
  JSON.parse((await answered(world, connection('A', 'alice'), JSON.stringify(message)))[0] ?? '{}');

describe('a hostile regular expression', () => {
  const channel = parseChannel(`${'a'.repeat(199)}!`);

  it.each([
    '/(a+)+$/',
    '/(a|a)*$/',
    '/(a*)*b/',
    '/(.*a){12}/',
    '/((a+)+)+$/',
    '/(a|aa)+$/',
    '/([a-z]+)*!!/',
    '/^(\\w+\\s?)*$/',
  ])('[M-5] %s is matched against a long channel in steps that do not multiply', (text) => {
    const index = new PatternIndex();
    index.add(parsePattern(text));
    // Backtracking would take longer than the universe is old; ten thousand matches then would never end.
    for (let i = 0; i < 10_000; i++) index.match(channel);
    expect(index.size).toBe(1);
  });

  it.each(['/(a{1,999}){1,999}/', `/${'\\pL{0,99}'.repeat(20)}/`, '/(((a{30}){30}){30})/'])(
    '[M-5] %s is refused',
    async (text) => {
      expect(await send({ type: 'subscribe', patterns: [text] })).toMatchObject({ error: { code: 'INVALID_PATTERN' } });
    },
  );
});

describe('an expression that is not needed', () => {
  const broken = '/a(/';

  it('[S-7] is not compiled to end its subscription', async () => {
    await subscriptions.add(connection('A', 'alice'), [{ text: broken, found: 'by-matching' }], 10);
    expect(await send({ type: 'unsubscribe', patterns: [broken] })).toMatchObject({ type: 'unsubscribed' });
    expect(await send({ type: 'unsubscribe', patterns: [broken] })).toMatchObject({
      error: { code: 'INVALID_PATTERN' },
    });
  });

  it('[G-3] is not compiled for whoever may not subscribe to it', async () => {
    const session = { ...openSession(0), grants: { subscribe: ['a:*'], publish: [] } };
    const [answer] = await answered(
      world,
      connection('A', 'alice', session),
      JSON.stringify({ type: 'subscribe', patterns: [broken] }),
    );
    expect(JSON.parse(answer ?? '')).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('[M-7] compiles so many expressions for one frame at most, and a frame that comes again gets further', async () => {
    const patterns = Array.from({ length: 450 }, (_, i) => `/further:${i}/`);
    const refused = { error: { code: 'OVERLOADED', retryAfter: 1_000 } };
    expect(await send({ type: 'subscribe', patterns })).toMatchObject(refused);
    expect(await send({ type: 'unsubscribe', patterns })).toMatchObject(refused);
    expect(await subscriptions.count('A')).toBe(0);
    expect(await send({ type: 'subscribe', patterns })).toMatchObject({ type: 'subscribed' });
  });

  it('[M-7] are compiled once for all pings and replays, and so many for one of them at most', () => {
    const texts = Array.from({ length: 450 }, (_, i) => `/heard:${i}/`);
    const asked = () => new Hearing(texts).hears('heard:449');
    expect(asked).toThrow('regular expressions');
    expect(asked).toThrow('regular expressions');
    expect(asked()).toBe(true);
    const before = compilationsSoFar();
    expect(asked()).toBe(true);
    expect(compilationsSoFar()).toBe(before);
  });

  it('[M-5] lets others have their turn while many are compiled', async () => {
    const patterns = Array.from({ length: 40 }, (_, i) => `/turn:${i}/`);
    let turns = 0;
    let isDone = false;
    const others = (): void => {
      turns++;
      if (!isDone) setImmediate(others);
    };
    setImmediate(others);
    expect(await send({ type: 'subscribe', patterns })).toMatchObject({ type: 'subscribed' });
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(4);
  });
});

describe('too much', () => {
  it('[S-6] of subscriptions: ten thousand are refused with a code, and nothing of them is kept', async () => {
    const patterns = Array.from({ length: 10_000 }, (_, i) => `user:${i}:*`);
    expect(await send({ type: 'subscribe', patterns })).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
    expect(world.store.audiences.size).toBe(0);
    const codes: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      const answer = await send({ type: 'subscribe', patterns: patterns.slice(1_000 * i, 1_000 * (i + 1)) });
      codes.push((answer['error'] as { code: string } | undefined)?.code ?? answer['type']);
    }
    // The first answer is larger than a frame of a plain client only in its texts; the subscriptions stand.
    expect(codes.slice(1)).toEqual(Array.from({ length: 9 }, () => 'TOO_MANY_SUBSCRIPTIONS'));
    expect(await subscriptions.count('A')).toBe(1_000);
  });

  it.each<[string, () => object]>([
    [
      'targets',
      () => ({
        type: 'broadcast',
        channel: 'a',
        data: 1,
        targetUsers: Array.from({ length: 1_001 }, (_, i) => `${i}`),
      }),
    ],
    [
      'positions',
      () => ({
        type: 'ping',
        positions: Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`c${i}`, { offset: 0, epoch: 'e' }])),
      }),
    ],
    [
      'channels of a replay',
      () => ({ type: 'replay', since: 0, channels: Array.from({ length: 501 }, (_, i) => `c${i}`) }),
    ],
    ['categories', () => ({ type: 'replay', since: 0, categories: Array.from({ length: 1_001 }, (_, i) => `c${i}`) })],
    ['characters of a token', () => ({ type: 'auth', token: 'x'.repeat(16_385) })],
    ['chunks', () => ({ type: 'chunk', id: 'k', index: 0, total: 1_025, data: '' })],
  ])('of %s is refused', async (_, message) => {
    expect(await send(message())).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
  });

  it('of nesting is refused, and less is data like any other', async () => {
    const nested = (depth: number) =>
      `{"type":"broadcast","channel":"a","id":"x","data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const answerTo = async (frame: string) =>
      JSON.parse((await answered(world, connection('A', 'alice'), frame))[0] ?? '{}') as object;
    expect(await answerTo(nested(500))).toMatchObject({ type: 'ack' });
    expect(await answerTo(nested(1_000))).toMatchObject({ type: 'ack' });
    expect(await answerTo(nested(1_001))).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
    expect(await answerTo(nested(500_000))).toMatchObject({ error: { code: 'INVALID_MESSAGE' } });
  });

  it.each([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])(
    '[P-2] [R-4] %s is a channel like any other, also where positions name it',
    async (channel) => {
      await send({ type: 'subscribe', channels: [channel] });
      await world.history.append([event(channel, '1'), event(channel, '2')]);
      const { epoch } = (await world.history.positions([channel])).positions[channel] as Position;
      // By entries: an assignment to `__proto__` makes no field.
      const at = (offset: number) => Object.fromEntries([[channel, { offset, epoch }]]);
      expect(await send({ type: 'ping', positions: at(1) })).toMatchObject({ behind: [channel] });
      expect(await send({ type: 'ping', positions: at(2) })).toMatchObject({ behind: [] });
      expect(await send({ type: 'replay', positions: at(1) })).toMatchObject({
        events: [{ offset: 2, channel }],
        recovered: true,
      });
      const wrong = Object.fromEntries([[channel, { offset: 'x', epoch }]]);
      expect(await send({ type: 'ping', positions: wrong })).toMatchObject({
        error: { code: 'INVALID_MESSAGE', message: `positions.${channel}.offset: expected a whole number from 0 on` },
      });
    },
  );

  it('a name of every object is a name like any other', async () => {
    const positions = JSON.parse(
      '{"__proto__":{"offset":1,"epoch":"e"},"constructor":{"offset":0,"epoch":"e"}}',
    ) as object;
    expect(await send({ type: 'ping', positions })).toMatchObject({ type: 'pong' });
    expect(await send({ type: 'subscribe', channels: ['constructor', 'hasOwnProperty'] })).toMatchObject({
      type: 'subscribed',
    });
    expect({}).not.toHaveProperty('offset');
  });
});
