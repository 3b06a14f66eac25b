import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { broadcastOf, parseFrame } from '../../../lib/protocol/codec/decode.ts';
import { ProtocolError } from '../../../lib/protocol/errors.ts';
import { isIdentifier } from '../../../lib/protocol/identifier.ts';

/** What is linear takes milliseconds; what is not, longer than anyone would wait. */
const GIVEN_UP = 20_000;

/** Runs a step, and ends it where it does not end by itself, even within a regular expression. */
const ended = <T>(step: () => T): T => runInNewContext('step()', { step }, { timeout: GIVEN_UP }) as T;

const LONG = 1_000_000;
const CONTROL = '\u0007';

/** Texts that are nearly names, some to their very end. */
const REFUSED: readonly [what: string, text: string][] = [
  ['nothing', ''],
  ['128 spaces', ' '.repeat(128)],
  ['129 letters', 'x'.repeat(129)],
  ['127 letters and a control character', `${'x'.repeat(127)}${CONTROL}`],
  ['127 spaces and a control character', `${' '.repeat(127)}${CONTROL}`],
  ['a lone surrogate', 'x\ud83d'],
  ['a line separator', 'x\u2028'],
  ['very many letters', 'x'.repeat(LONG)],
  ['very many letters and a control character', `${'x'.repeat(LONG)}${CONTROL}`],
  ['very many spaces and a control character', `${' '.repeat(LONG)}${CONTROL}`],
  ['letters and spaces by turns, and a line break', `${'x '.repeat(LONG / 2)}\n`],
  ['very many letters beyond the first plane, and half of one', `${'😀'.repeat(LONG / 2)}\ud83d`],
];

const TAKEN: readonly [what: string, text: string][] = [
  ['one letter', 'x'],
  ['a letter among spaces', ' x '],
  ['128 letters', 'x'.repeat(128)],
  ['127 spaces and a letter', `${' '.repeat(127)}x`],
  ['64 characters beyond the first plane', '😀'.repeat(64)],
  ['letters beyond ASCII', '名前é'],
];

/** Every place of a message that takes a name. */
const PLACES: readonly [place: string, message: (name: string) => object][] = [
  ['requestId', (requestId) => ({ type: 'ping', requestId })],
  ['id', (id) => ({ type: 'broadcast', channel: 'a', data: 1, id })],
  ['category', (category) => ({ type: 'broadcast', channel: 'a', data: 1, category })],
  ['targetUsers', (user) => ({ type: 'broadcast', channel: 'a', data: 1, targetUsers: ['alice', user] })],
  ['cursor', (cursor) => ({ type: 'replay', cursor })],
  ['categories', (category) => ({ type: 'replay', categories: [category] })],
  ['a single category', (categories) => ({ type: 'replay', categories })],
  ['the id of a chunk', (id) => ({ type: 'chunk', id, index: 0, total: 1, data: '' })],
  ['an epoch', (epoch) => ({ type: 'ping', positions: { a: { offset: 1, epoch } } })],
  [
    'a private epoch',
    (epoch) => ({ type: 'replay', positions: { a: { offset: 1, epoch: 'e', private: { offset: 1, epoch } } } }),
  ],
];

const parse = (message: object) => {
  const { requestId, message: read } = parseFrame(JSON.stringify(message));
  return { requestId, read };
};

it.each(REFUSED)('[F-3] %s is no name, in whatever place, which is seen at once', (_, text) => {
  expect(ended(() => isIdentifier(text))).toBe(false);
  for (const [place, message] of PLACES) {
    const { requestId, read } = ended(() => parse(message(text)));
    expect(requestId, place).toBeUndefined();
    expect(() => ended(read), place).toThrow(ProtocolError);
  }
});

it.each(TAKEN)('[F-2] %s are a name, in whatever place', (_, text) => {
  for (const [place, message] of PLACES) expect(parse(message(text)).read, place).not.toThrow();
  expect(parse({ type: 'ping', requestId: text }).requestId).toBe(text);
  expect(broadcastOf({ channel: 'a', data: 1, id: text })).toMatchObject({ id: text });
});

it('a name is 1 to 128 characters, all of them printable, and one of them no white space', () => {
  const characters = fc.constantFrom('x', ' ', '\u00a0', '\n', '\u200b', '\ue000', '\ud83d', '😀', 'é', '\u2028');
  fc.assert(
    fc.property(fc.array(characters, { maxLength: 140 }), (chosen) => {
      const text = chosen.join('');
      const each = [...text];
      const isPrintable = each.every((one) => !/^[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]$/u.test(one));
      const isVisible = each.some((one) => /^[^\p{C}\p{Z}]$/u.test(one));
      expect(isIdentifier(text)).toBe(text.length <= 128 && isPrintable && isVisible);
    }),
    { examples: [[[' ', 'x', ' ']], [Array(128).fill(' ')], [Array(129).fill('x')]] },
  );
});
