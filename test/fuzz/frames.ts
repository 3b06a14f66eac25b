import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { anyValue, BROADCAST, channel, field, hostileText, text } from './values.ts';

/** What a client may send: seldom what it should. The same seed always gives the same frames. */

const fields = (shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({ requestId: field(fc.nat()), ...shape }, { requiredKeys: [] });

const position = fc.record({ offset: field(fc.nat()), epoch: field(fc.constantFrom('e', 'f')) }, { requiredKeys: [] });
const positions = fc.dictionary(field(channel).map(String), position, { maxKeys: 4 });
const texts = fc.array(text, { maxLength: 6 });

const wrapped = (inner: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> =>
  fields({
    encoding: field(fc.constant('deflate')),
    data: field(inner.map((plain) => deflateSync(plain).toString('base64'))),
  });

const SHAPES: Record<string, fc.Arbitrary<Record<string, unknown>>> = {
  subscribe: fields({
    channels: field(texts),
    patterns: field(texts),
    options: field(
      fields({
        sendInitialState: field(fc.boolean()),
        replayEvents: field(fc.boolean()),
        replaySince: field(fc.nat()),
      }),
    ),
  }),
  unsubscribe: fields({ channels: field(texts), patterns: field(texts) }),
  broadcast: fields(BROADCAST),
  replay: fields({
    since: field(fc.nat()),
    positions: field(positions),
    cursor: field(fc.constant('none')),
    channels: field(texts),
    categories: field(texts),
    priority: field(fc.constantFrom('low', 'high')),
    limit: field(fc.integer({ min: 1, max: 100 })),
  }),
  ping: fields({ positions: field(positions) }),
  compression: fields({ enable: field(fc.boolean()), level: field(fc.integer({ min: 0, max: 9 })) }),
  auth: fields({ token: field(fc.constantFrom('a.b.c', 'eyJhbGciOiJub25lIn0.e30.')) }),
  chunk: fields({
    id: field(fc.constantFrom('k', 'l')),
    index: field(fc.nat({ max: 4 })),
    total: field(fc.integer({ min: 2, max: 4 })),
    data: field(fc.constantFrom('{"type":"ping"}', '', '{')),
  }),
  compressed: wrapped(fc.oneof(fc.constantFrom('{"type":"ping"}', '', '[', '0'.repeat(3_000_000)), hostileText)),
  batch: fields({ messages: field(fc.array(anyValue, { maxLength: 8 })) }),
  event: fields({ channel: field(channel) }),
};

/** Frames that are answered by several, or before they are whole by none; left out where answers are counted. */
const UNCOUNTED = ['replay', 'chunk', 'subscribe', 'batch'];

const messages = (isCounted: boolean): fc.Arbitrary<unknown> =>
  fc.oneof(
    ...Object.entries(SHAPES)
      .filter(([type]) => !isCounted || !UNCOUNTED.includes(type))
      .map(([type, shape]) => shape.map((rest) => ({ type, ...rest }))),
    ...(isCounted
      ? [fc.record({ type: fc.constant('subscribe'), patterns: texts, channels: texts })]
      : [fields({ type: field(hostileText) })]),
    anyValue.filter((value) => !isCounted || typeof value !== 'object'),
  );

const cut = fc.tuple(messages(false), fc.nat({ max: 200 }), fc.constantFrom('', '"', '\\', '}', '\u0000', '\ud800'));

/**
 * @param isCounted - only frames that are answered by exactly one.
 * @returns texts, and bytes for binary frames.
 */
const anyFrame = (isCounted: boolean): fc.Arbitrary<string | Uint8Array> =>
  fc.oneof(
    { weight: 12, arbitrary: messages(isCounted).map((value) => JSON.stringify(value) ?? '') },
    { weight: 2, arbitrary: cut.map(([value, at, more]) => (JSON.stringify(value) ?? '').slice(0, at) + more) },
    { weight: 1, arbitrary: hostileText },
    {
      weight: 1,
      arbitrary: fc.constantFrom('{"type":"$connect"}', '{"type":"$disconnect","requestId":1}', '['.repeat(5_000)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  );

/** Frames, a thousand at a time. */
export function* frames(count: number, seed: number, isCounted: boolean): Generator<string | Uint8Array> {
  const arbitrary = anyFrame(isCounted);
  for (let made = 0; made < count; made += 1_000) {
    yield* fc.sample(arbitrary, { seed: seed + made, numRuns: Math.min(1_000, count - made) });
  }
}
