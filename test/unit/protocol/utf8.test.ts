import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOf, fits } from '../../../lib/protocol/utf8.ts';

it('any text has as many bytes as an encoder makes of it', () => {
  const surrogate = fc.constantFrom(
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
    '😀',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\u0800',
  );
  const anyText = fc.array(fc.oneof(fc.string({ unit: 'binary' }), surrogate)).map((texts) => texts.join(''));
  fc.assert(
    fc.property(anyText, (text) => {
      const { length } = new TextEncoder().encode(text);
      expect(bytesOf(text)).toBe(length);
      expect([fits(text, length), length > 0 && fits(text, length - 1)]).toEqual([true, false]);
    }),
  );
});
