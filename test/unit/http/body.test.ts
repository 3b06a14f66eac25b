import { expect, it } from 'vitest';
import { bodyReader, jsonOf } from '../../../lib/protocol/http/body.ts';
import { consumerAsked, pullAsked } from '../../../lib/protocol/http/consumers.ts';

it('reads a body, and takes one that is empty for one that leaves out every field', () => {
  const toPull = bodyReader(pullAsked);
  const absent = { limit: 100, bytes: 2 ** 20, wait: 20_000, lease: 30_000 };
  expect(toPull('{"limit":5,"wait":0}')).toEqual({ ...absent, limit: 5, wait: 0 });
  expect(toPull('')).toEqual(absent);
  expect(toPull('{}')).toEqual(absent);
});

it.each([
  ['limit', 1, 1_000],
  ['bytes', 1, 2 ** 20],
  ['wait', 0, 20_000],
  ['lease', 1_000, 600_000],
])('takes for %s from %i to %i, and nothing else', (field, least, most) => {
  const read = (value: number) => bodyReader(pullAsked)(JSON.stringify({ [field]: value }));
  for (const value of [least, most]) expect(read(value)).toMatchObject({ [field]: value });
  for (const value of [least - 1, most + 1, least + 0.5])
    expect(() => read(value)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }));
});

it('says all that is wrong, and that a body is not JSON', () => {
  const ask = bodyReader(consumerAsked);
  expect(() => ask('{"patterns":[],"since":"ever"}')).toThrow(
    expect.objectContaining({
      name: 'ProtocolError',
      code: 'INVALID_MESSAGE',
      message:
        'patterns: expected at least one channel or pattern; since: expected one of now, earliest, or milliseconds since 1970, ' +
        'a whole number from 0 on',
    }),
  );
  for (const read of [jsonOf, ask])
    expect(() => read('{')).toThrow(
      expect.objectContaining({
        ...{ name: 'ProtocolError', code: 'INVALID_JSON', message: 'The body is not JSON' },
        cause: expect.any(SyntaxError),
      }),
    );
});
