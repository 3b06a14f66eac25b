import { deflateRawSync, deflateSync, gzipSync, inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { apiGatewayEncoder } from '../../../lib/gateway/frames.ts';
import type { MemorySubscriptions } from '../../../lib/memory/subscriptions.ts';
import type { Caller } from '../../../lib/ports/connection.ts';
import { parseCapabilities } from '../../../lib/protocol/capabilities.ts';
import { chunksOf } from '../../../lib/protocol/chunk.ts';
import { Encoder } from '../../../lib/protocol/codec/encoder.ts';
import type { CompressionSettings } from '../../../lib/protocol/compression.ts';
import type { EventMessage } from '../../../lib/protocol/messages/event.ts';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import { answered, chunked } from '../../frames.ts';
import type { WatchedBus } from './watched-bus.ts';
import { WatchedLimiter } from './watched-limiter.ts';
import { connection, event } from './world.ts';
import { type ReceivingWorld, receivingWorld } from './worlds.ts';

const ON = { enabled: true, threshold: 1_024 };
const OFF = { enabled: false, threshold: 1_024 };
const able = (names: string) => parseCapabilities(names);
/** Letters that no compression makes smaller than base64 makes them larger. */
const noise = (length: number): string => {
  let state = 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return String.fromCharCode(0x23 + ((state >>> 16) % 57));
  }).join('');
};

const SUBSCRIBING = '{"type":"subscribe","channels":["a"]}';

/** What a client makes of frames. */
const readFrames = (frames: readonly string[]): unknown => {
  const messages = frames.map((frame) => JSON.parse(frame) as { type: string; data: string; index: number });
  if (messages[0]?.type === 'chunk') {
    const joined = [...messages].sort((a, b) => a.index - b.index).map(({ data }) => data);
    return readFrames([joined.join('')]);
  }
  if (messages[0]?.type === 'compressed')
    return readFrames([inflateSync(Buffer.from(messages[0].data, 'base64')).toString()]);
  return messages[0];
};

describe('to a client', () => {
  const eventOf = (data: unknown): EventMessage => ({
    type: 'event',
    id: '1',
    channel: 'a',
    category: 'a',
    priority: 'normal',
    timestamp: 0,
    offset: 1,
    epoch: 'e',
    data,
  });
  const heard = (data: unknown, capabilities: string, compression: CompressionSettings): string[] =>
    apiGatewayEncoder(compression)
      .eventFrames([eventOf(data)], able(capabilities))
      .map((frame) => new TextDecoder().decode(frame));

  it('[Z-3] what is over the threshold travels compressed to who takes it, if it is smaller so', () => {
    const frames = heard('a'.repeat(5_000), 'compression', ON);
    expect(JSON.parse(frames[0] ?? '')).toMatchObject({ type: 'compressed', encoding: 'deflate' });
    expect(frames[0]?.length).toBeLessThan(300);
    expect(readFrames(frames)).toEqual(eventOf('a'.repeat(5_000)));
  });

  it.each([
    ['to who does not take it', 'a'.repeat(5_000), '', ON],
    ['where it is switched off', 'a'.repeat(5_000), 'compression', OFF],
    ['below the threshold', 'aaaaaaaaaaaaaaaaaaaaaaaaaa', 'compression', ON],
    ['where it would be larger', noise(2_000), 'compression', ON],
  ])('[Z-3] it travels as it is %s', (_, data, capabilities, compression) => {
    expect(heard(data, capabilities, compression)).toEqual([JSON.stringify(eventOf(data))]);
  });

  it.each(['chunk', 'chunk,compression'])('[Z-6] what is over a frame reaches who takes %s', (capabilities) => {
    const data = `é😀"\\${noise(2 ** 20 - 200)}`;
    const frames = heard(data, capabilities, ON);
    for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(API_GATEWAY.frameBytes);
    expect(frames.length).toBeGreaterThan(1);
    expect(readFrames(frames)).toEqual(eventOf(data));
  });

  it.each([
    ['one frame', 'a'.repeat(5_000), 1],
    ['one frame of what is larger than a frame', 'a'.repeat(100_000), 1],
    ['pieces', noise(50_000), 2],
  ])('[Z-3] what travels compressed in %s is compressed once', (_, data, count) => {
    let times = 0;
    const deflate = (frame: Uint8Array): string => {
      times++;
      return deflateSync(frame).toString('base64');
    };
    const encoder = new Encoder({ ...API_GATEWAY, chunkId: () => 'c', compression: { threshold: 1_024, deflate } });
    expect(encoder.eventFrames([eventOf(data)], able('batch,chunk,compression'))).toHaveLength(count);
    expect(times).toBe(1);
  });

  it('[F-6] what is over a frame has no way to who takes no chunks, unless compressed it fits', () => {
    const omitted = JSON.stringify({ ...eventOf(null), omitted: true });
    expect(heard('a'.repeat(100_000), '', ON)).toEqual([omitted]);
    expect(heard(noise(100_000), 'compression', ON)).toEqual([omitted]);
    const [frame, ...others] = heard('a'.repeat(100_000), 'compression', ON);
    expect([JSON.parse(frame ?? ''), others]).toMatchObject([{ type: 'compressed' }, []]);
  });
});

describe('from a client', () => {
  let bus: WatchedBus;
  let limiter: WatchedLimiter;
  let subscriptions: MemorySubscriptions;
  let world: ReceivingWorld;

  beforeEach(() => {
    world = receivingWorld({
      compression: ON,
      limits: { messageSize: 100_000, subscriptions: 1_000, patterns: 1_000 },
    });
    ({ bus, limiter, subscriptions } = world);
  });

  const alice: Caller = { ...connection('A', 'alice'), capabilities: able('chunk,compression') };
  const send = async (frame: string | object, caller = alice) =>
    answered(world, caller, typeof frame === 'string' ? frame : JSON.stringify(frame));
  const answer = async (frame: string | object, caller = alice) => readFrames(await send(frame, caller));
  const packed = (text: string) => ({
    type: 'compressed',
    encoding: 'deflate',
    data: deflateSync(text).toString('base64'),
  });
  const refused = (code: string) => ({ type: 'error', error: { code } });
  const broadcast = (data: unknown) =>
    JSON.stringify({ type: 'broadcast', requestId: 'r', channel: 'a', id: 'x', data });

  it('[B-11] a traceparent goes on with a broadcast, and one that is not valid is ignored', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    for (const given of [traceparent, `${traceparent}-more`, 7, null, { traceparent }]) {
      const frame = { type: 'broadcast', requestId: 'r', channel: 'a', data: 1, traceparent: given };
      expect(await answer(frame)).toMatchObject({ type: 'ack' });
    }
    const heard = bus.published.map((published) => published.traceparent);
    expect(heard).toEqual([traceparent, undefined, undefined, undefined, undefined]);
  });

  it('[B-12] a broadcast to users whose field has a slip in its name is refused, and not heard by all', async () => {
    const frame = { type: 'broadcast', requestId: 'r', channel: 'a', data: 1, targetUser: ['bob'] };
    expect(await answer(frame)).toMatchObject({
      ...refused('INVALID_MESSAGE'),
      requestId: 'r',
      error: { message: 'targetUser: there is no such field; is targetUsers meant?' },
    });
    expect(await answer({ ...frame, targetUser: undefined, colour: 'blue' })).toMatchObject({ type: 'ack' });
    expect(bus.published).toHaveLength(1);
  });

  it('[Z-1] chunks in any order are one message, answered once', async () => {
    const frames = chunked(broadcast('é'.repeat(30_000)), 'k');
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames.slice(1).reverse()) expect(await send(frame)).toEqual([]);
    expect(await answer(frames[0] as string)).toEqual({ type: 'ack', requestId: 'r', id: 'x' });
    expect(bus.published[0]?.data).toBe(JSON.stringify('é'.repeat(30_000)));
  });

  it('[Z-1] [F-2] a chunk that is refused is told by the `requestId` that it names', async () => {
    const frames = chunksOf(broadcast(noise(100_000)), 'k', API_GATEWAY.frameBytes, 'r');
    const answers = (await Promise.all(frames.map((frame) => send(frame)))).flat();
    expect(answers.map((text) => JSON.parse(text))).toMatchObject([
      { ...refused('MESSAGE_TOO_LARGE'), requestId: 'r' },
    ]);
  });

  it('[Z-3] a compressed message is read, alone or in chunks', async () => {
    expect(await answer(packed(broadcast(1)))).toEqual({ type: 'ack', requestId: 'r', id: 'x' });
    const frames = chunked(JSON.stringify(packed(broadcast(noise(70_000)))), 'k');
    const answers = await Promise.all(frames.map((frame) => send(frame)));
    expect(answers.flat()).toHaveLength(1);
    expect(bus.published).toHaveLength(2);
  });

  it.each<[string, (text: string) => string[]]>([
    ['as it is', (text) => [text]],
    ['in chunks', (text) => chunked(text, 'k')],
    ['compressed', (text) => [JSON.stringify(packed(text))]],
    ['compressed, in chunks', (text) => chunked(JSON.stringify(packed(text)), 'k')],
  ])('[Z-6] a message that comes %s may have all the bytes of the limit, and no more', async (_, wrap) => {
    const sized = (bytes: number): string => broadcast('é'.repeat(100).padEnd(bytes - 100 - broadcast('').length, 'x'));
    const answers: string[] = [];
    for (const bytes of [100_000, 100_001]) {
      expect(Buffer.byteLength(sized(bytes))).toBe(bytes);
      for (const frame of wrap(sized(bytes))) answers.push(...(await send(frame)));
    }
    expect(answers.map((text) => JSON.parse(text))).toMatchObject([{ type: 'ack' }, refused('MESSAGE_TOO_LARGE')]);
  });

  it('[Z-3] a bomb is refused before it goes off', async () => {
    const bomb = packed(`"${'0'.repeat(50_000_000)}"`);
    expect(bomb.data.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(await answer(bomb)).toMatchObject(refused('MESSAGE_TOO_LARGE'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  it.each([
    ['not base64', { ...packed('{}'), data: '&&&' }],
    ['another compression', { ...packed('{}'), data: gzipSync('{}').toString('base64') }],
    ['without a header', { ...packed('{}'), data: deflateRawSync('{}').toString('base64') }],
    ['cut off', { ...packed('{}'), data: deflateSync('{"type":"ping"}').subarray(0, 10).toString('base64') }],
    ['not UTF-8', { ...packed('{}'), data: deflateSync(Buffer.from([0xff, 0xfe])).toString('base64') }],
    ['an unknown encoding', { ...packed('{}'), encoding: 'br' }],
    ['nothing', { ...packed('{}'), data: '' }],
    ['compressed twice', packed(JSON.stringify(packed('{"type":"ping"}')))],
    ['chunks inside', packed(chunked('{"type":"ping"}', 'k')[0] as string)],
    ['a chunk in a chunk', chunked(chunked('{"type":"ping"}', 'k')[0] as string, 'l')[0] as string],
    ['an index beyond', { type: 'chunk', id: 'k', index: 2, total: 2, data: '' }],
    ['too many chunks', { type: 'chunk', id: 'k', index: 0, total: 100_000, data: '' }],
    ['no chunks at all', { type: 'chunk', id: 'k', index: 0, total: 0, data: '' }],
  ])('[Z-5] refuses what is %s', async (_, frame) => {
    expect(await answer(frame)).toMatchObject(refused('INVALID_MESSAGE'));
  });

  it('refuses what is no message once it is unwrapped', async () => {
    expect(await answer(packed('{'))).toMatchObject(refused('INVALID_JSON'));
    expect(await answer(packed('[]'))).toMatchObject(refused('INVALID_MESSAGE'));
    expect(await answer(packed('{"type":"shout"}'))).toMatchObject(refused('UNKNOWN_TYPE'));
  });

  it('refuses both from who did not declare them', async () => {
    const plain = connection('B', 'bob');
    for (const frame of [packed('{"type":"ping"}'), ...chunked('{"type":"ping"}', 'k')]) {
      expect(await answer(frame, plain)).toMatchObject(refused('INVALID_MESSAGE'));
    }
  });

  it('[L-1] a batch inside counts as what it holds', async () => {
    const batch = JSON.stringify({ type: 'batch', messages: Array.from({ length: 7 }, () => ({ type: 'ping' })) });
    await send(packed(batch));
    expect(limiter.taken.map(({ messages, counted }) => [Object.fromEntries(messages), counted])).toEqual([
      [{ compressed: 1 }, undefined],
      [{ ping: 7 }, 1],
    ]);
  });

  it.each<[string, string[]]>([
    ['compressed', [JSON.stringify(packed(SUBSCRIBING))]],
    ['in chunks', chunked(SUBSCRIBING, 'k')],
    ['compressed, in chunks', chunked(JSON.stringify(packed(SUBSCRIBING)), 'l')],
    ['in a batch that is compressed', [JSON.stringify(packed(`{"type":"batch","messages":[${SUBSCRIBING}]}`))]],
    ['no message, compressed', [JSON.stringify(packed('{"type":"subscribe"}'))]],
  ])('[L-1] [L-2] the limit of a type is that of what is wrapped too: %s', async (_, frames) => {
    world = { ...world, limiter: new WatchedLimiter({ subscribe: 1 }) };
    const sendAll = async (): Promise<string> => {
      const answers: string[] = [];
      for (const frame of frames) answers.push(...(await send(JSON.parse(frame) as object)));
      return answers.join();
    };
    expect(await sendAll()).not.toContain('RATE_LIMIT_EXCEEDED');
    expect(await sendAll()).toContain('RATE_LIMIT_EXCEEDED');
    expect(await answer({ type: 'ping' })).toMatchObject({ type: 'pong' });
  });

  it('[Z-4] the message compression switches it, also for what is listened to already', async () => {
    const plain = connection('B', 'bob');
    await send({ type: 'subscribe', channels: ['a'] }, plain);
    expect(await answer({ type: 'compression', requestId: 7, enable: true, level: 9 }, plain)).toEqual({
      type: 'compression',
      requestId: 7,
      enabled: true,
      level: 6,
      threshold: 1_024,
    });
    const [page] = await subscriptions.listeners([{ text: 'a', after: undefined }]);
    expect(page?.listeners).toMatchObject([{ id: 'B', capabilities: { compression: true } }]);
    const [frame] = await send(
      { type: 'subscribe', channels: Array.from({ length: 50 }, (_, i) => `channel:${i}`) },
      plain,
    );
    expect(JSON.parse(frame ?? '')).toMatchObject({ type: 'compressed' });
    await send({ type: 'compression', enable: false }, plain);
    expect(await answer(packed('{}'), plain)).toMatchObject(refused('INVALID_MESSAGE'));
  });

  it.each([{}, { enable: 'yes' }, { enable: true, level: 10 }, { enable: true, level: -1 }])(
    'refuses compression with %j',
    async (fields) => {
      expect(await answer({ type: 'compression', ...fields })).toMatchObject(refused('INVALID_MESSAGE'));
    },
  );

  it('[X-3] [Z-4] compression is NOT_AVAILABLE where it is switched off', async () => {
    world = { ...world, compression: OFF, encoder: apiGatewayEncoder(OFF) };
    expect(await answer({ type: 'compression', enable: true })).toMatchObject(refused('NOT_AVAILABLE'));
    expect(await answer(packed('{}'))).toMatchObject(refused('NOT_AVAILABLE'));
  });

  it('[Z-6] a replay and a state bring large events whole to who takes chunks', async () => {
    const data = JSON.stringify(noise(80_000));
    await world.history.append([event('a', '1', { data }), event('a', '2')]);
    await send({ type: 'subscribe', channels: ['a'] });
    expect(await answer({ type: 'replay', since: 0 })).toMatchObject({ type: 'replay', events: [{ id: '1' }] });
    const plain = connection('B', 'bob');
    await send({ type: 'subscribe', channels: ['a'] }, plain);
    expect(await answer({ type: 'replay', since: 0 }, plain)).toMatchObject({
      events: [{ data: null, omitted: true }, { id: '2' }],
    });
  });

  describe('an answer larger than a frame', () => {
    const channels = Array.from({ length: 900 }, (_, i) => `${i}:${'é'.repeat(40)}`);
    const positions = Object.fromEntries(channels.slice(0, 500).map((text) => [text, { offset: 0, epoch: 'f' }]));

    it.each([
      ['subscribe', { channels }, 'channels', channels],
      ['unsubscribe', { channels }, 'channels', channels],
      ['ping', { positions }, 'behind', channels.slice(0, 500)],
    ] as const)(
      '[F-4] [F-6] [F-9] comes in parts to a %s of who takes no chunks',
      async (type, fields, list, entries) => {
        if (type === 'ping') await send({ type: 'subscribe', channels }, connection('B', 'bob'));
        const frames = await send({ type, requestId: 1, ...fields }, connection('B', 'bob'));
        for (const frame of frames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(API_GATEWAY.frameBytes);
        const parts = frames.map((frame) => JSON.parse(frame) as Record<string, unknown>);
        expect(parts.length).toBeGreaterThan(1);
        expect(parts.map(({ final }) => final)).toEqual(parts.map((_, i) => i === parts.length - 1));
        expect(new Set(parts.map((part) => part['type'])).size).toBe(1);
        expect(parts.map(({ requestId }) => requestId)).toEqual(parts.map(() => 1));
        expect(parts.flatMap((part) => part[list] as string[])).toEqual(entries);
      },
    );

    it('[F-9] comes whole to who takes chunks', async () => {
      const answered = readFrames(await send({ type: 'subscribe', channels }));
      expect(answered).toMatchObject({ type: 'subscribed', channels });
      expect(answered).not.toHaveProperty('final');
    });
  });
});
