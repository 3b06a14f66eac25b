import { expect, it } from 'vitest';
import { consumerNameOf, nameOf, wholeOf } from '../../../lib/protocol/http/asked.ts';
import { MAX_IDENTIFIER_LENGTH } from '../../../lib/protocol/limits.ts';

const refusedAs = (message: string) =>
  expect.objectContaining({ name: 'ProtocolError', code: 'INVALID_MESSAGE', message });

it.each(['a', 'é 1', 'x'.repeat(MAX_IDENTIFIER_LENGTH)])('takes the name %s', (name) => {
  expect(nameOf(name, 'user')).toBe(name);
});

it.each([undefined, '', ' ', 'a\n', 'x'.repeat(MAX_IDENTIFIER_LENGTH + 1)])('refuses the name %j', (name) => {
  expect(() => nameOf(name, 'user')).toThrow(
    refusedAs(`user: expected a text of 1 to ${MAX_IDENTIFIER_LENGTH} printable characters`),
  );
});

it('takes no name that is longer than it may be', () => {
  expect(nameOf('four', 'id', 4)).toBe('four');
  expect(() => nameOf('fives', 'id', 4)).toThrow(refusedAs('id: expected a text of 1 to 4 printable characters'));
});

it.each(['a', '_', '0.-_', 'x'.repeat(64)])('takes the name %s of a consumer', (name) => {
  expect(consumerNameOf(name)).toBe(name);
});

it.each([undefined, '', '.a', '-a', 'a/b', 'é', 'x'.repeat(65)])('refuses the name %j of a consumer', (name) => {
  expect(() => consumerNameOf(name)).toThrow(
    refusedAs('name: expected 1 to 64 of A-Z, a-z, 0-9, _, - and ., first none of - and .'),
  );
});

it.each([
  [undefined, 7],
  ['1', 1],
  ['0010', 10],
  ['20', 20],
])('takes %j for the number %i', (value, number) => {
  expect(wholeOf(value, 'most', 7, 20)).toBe(number);
});

it.each(['0', '21', '', '-1', '1.5', '1e1', ' 1', '00001'])('refuses %j where a number is asked for', (value) => {
  expect(() => wholeOf(value, 'most', 7, 20)).toThrow(refusedAs('most: expected 1 to 20'));
});
