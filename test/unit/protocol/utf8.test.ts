import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

const surrogate = fc.constantFrom('\ud800', '\udbff', '\udc00', '\udfff', '😀', '\u007f', '\u0080', '\u07ff', '\u0800');
const shortText = fc.array(fc.oneof(fc.string({ unit: 'binary' }), surrogate)).map((texts) => texts.join(''));
const anyText = fc.oneof(
  shortText,
  fc.tuple(shortText, fc.integer({ min: 1, max: 300 })).map(([text, times]) => text.repeat(times)),
);

it.each([
  ['where the runtime has an encoder', TextEncoder],
  ['where it has none', undefined],
])('any text has as many bytes as an encoder makes of it, %s', async (_, ofTheRuntime) => {
  vi.resetModules();
  vi.stubGlobal('TextEncoder', ofTheRuntime);
  const { bytesOf, fits } = await import('../../../lib/protocol/utf8.ts');
  fc.assert(
    fc.property(anyText, (text) => {
      const length = Buffer.byteLength(text);
      expect(bytesOf(text)).toBe(length);
      expect([fits(text, length), length > 0 && fits(text, length - 1)]).toEqual([true, false]);
    }),
  );
});
