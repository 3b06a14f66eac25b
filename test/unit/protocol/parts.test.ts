import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInParts, joinParts } from '../../../lib/protocol/parts.ts';

const MOST = 1_024;

const answers = fc.record({
  type: fc.constant('subscribed'),
  requestId: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined }),
  channels: fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 200 }),
  patterns: fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 50 }),
  positions: fc.dictionary(
    fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('__proto__', 'constructor', '7')),
    fc.record({ offset: fc.nat(), epoch: fc.constant('e') }),
    { maxKeys: 60, noNullPrototype: true },
  ),
  time: fc.nat(),
});

describe('an answer larger than a frame', () => {
  it('[F-9] comes in parts that fit, the last of which says so, and is the same put together', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const texts = encodeInParts(answer, MOST);
        for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST);
        const parts = texts.map((text) => JSON.parse(text) as typeof answer & { final?: boolean });
        if (texts.length > 1) {
          expect(parts.map(({ final }) => final)).toEqual(parts.map((_, i) => i === parts.length - 1));
        } else {
          expect(parts[0]?.final).toBeUndefined();
        }
        const { final: _, ...joined } = joinParts(parts);
        const sorted = (positions: object) =>
          Object.entries(positions)
            .map((entry) => JSON.stringify(entry))
            .sort();
        expect(sorted(joined.positions)).toEqual(sorted(answer.positions));
        const { positions: _1, ...rest } = joined;
        const { positions: _2, ...expected } = JSON.parse(JSON.stringify(answer)) as typeof answer;
        expect(rest).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('[F-9] of which a list is in some parts alone is put together by what the last names', () => {
    expect(
      joinParts([{ events: [1] }, { events: [], lost: ['a'], next: 'x' }, { events: [], lost: ['b'], next: 'x' }]),
    ).toEqual({ events: [1], lost: ['a', 'b'], next: 'x' });
  });
});
