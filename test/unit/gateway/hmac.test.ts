import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Hmac } from '../../../lib/gateway/hmac.ts';

it('comes to what Node’s own does, one text after another', () => {
  const texts = fc.array(fc.string({ maxLength: 300, unit: 'grapheme' }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), texts, (key, list) => {
      const hmac = new Hmac(key);
      for (const text of list) expect(hmac.hex(text)).toBe(createHmac('sha256', key).update(text).digest('hex'));
    }),
  );
});

it('takes a key of a block', () => {
  const key = new Uint8Array(64).fill(200);
  expect(new Hmac(key).hex('text')).toBe(createHmac('sha256', key).update('text').digest('hex'));
});

it('refuses a key longer than a block', () => {
  expect(() => new Hmac(new Uint8Array(65))).toThrow(RangeError);
});

it.each([170, 171, 1_000])('takes a text of %i characters, and others behind it', (length) => {
  const hmac = new Hmac(Buffer.from('key'));
  for (const text of ['x'.repeat(length), '€'.repeat(length), 'short'])
    expect(hmac.hex(text)).toBe(createHmac('sha256', 'key').update(text).digest('hex'));
});
