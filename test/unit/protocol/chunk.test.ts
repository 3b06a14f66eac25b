import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunksOf } from '../../../lib/protocol/chunk.ts';
import { API_GATEWAY } from '../../../lib/protocol/transport.ts';
import { chunked } from '../../frames.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const dataOf = (frames: readonly string[]): string =>
  frames.map((frame) => (JSON.parse(frame) as { data: string }).data).join('');

it('[Z-1] any text is cut into frames that fit, and joined again', () => {
  const anyText = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom('"', '\\', '\n', '\u0000', '\u2028', '\udc00', '\u07ff', '\uffff', '😀', 'é', '\ud800'),
    ),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(anyText, fc.integer({ min: 140, max: 400 }), (texts, most) => {
      const text = texts.join('');
      const frames = chunksOf(text, 'abcdefghijkl', most);
      expect(dataOf(frames)).toBe(text);
      for (const [index, frame] of frames.entries()) {
        expect(bytes(frame)).toBeLessThanOrEqual(most);
        expect(JSON.parse(frame)).toMatchObject({ type: 'chunk', id: 'abcdefghijkl', index, total: frames.length });
      }
    }),
    { numRuns: 40 },
  );
});

it('[Z-1] a megabyte is cut into hardly more frames than it fills', () => {
  const plain = 'x'.repeat(2 ** 20);
  expect(chunked(plain, 'id')).toHaveLength(Math.ceil(2 ** 20 / (API_GATEWAY.frameBytes - 128)));
  const quoted = JSON.stringify(Array.from({ length: 50_000 }, (_, i) => `${i}`));
  for (const frame of chunked(quoted, 'id')) expect(bytes(frame)).toBeLessThanOrEqual(API_GATEWAY.frameBytes);
});

it('[Z-1] no character is in two pieces', () => {
  const frames = chunksOf('😀'.repeat(1_000), 'id', 160);
  for (const frame of frames) expect((JSON.parse(frame) as { data: string }).data).toMatch(/^(😀)+$/u);
});

it('[Z-1] what follows a surrogate that stands alone takes its room as well', () => {
  for (const alone of ['\ud800', '\udc00']) {
    const text = `${alone}\u0000\u0000`.repeat(200);
    const frames = chunksOf(text, 'abcdefghijkl', 400);
    expect(dataOf(frames)).toBe(text);
    for (const frame of frames) expect(bytes(frame)).toBeLessThanOrEqual(400);
  }
});
