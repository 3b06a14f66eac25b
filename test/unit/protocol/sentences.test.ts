import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../lib/protocol/codec/decode.ts';
import { ProtocolError } from '../../../lib/protocol/errors.ts';
import type { Field, Form, Shape } from '../../../lib/protocol/messages/fields.ts';
import type { Definition } from '../../../lib/protocol/messages/message.ts';
import { REQUESTS, WRAPPINGS } from '../../../lib/protocol/messages/table.ts';

const { batch: _, ...checked } = { ...REQUESTS, ...WRAPPINGS };

/** A value that a form takes. */
const right = (form: Form): unknown => {
  switch (form.kind) {
    case 'any':
    case 'message':
    case 'nullable':
      return null;
    case 'text':
    case 'identifier':
    case 'request-id':
      return 'abcd';
    case 'flag':
    case 'true':
      return true;
    case 'whole-number':
      return form.atMost ?? 1;
    case 'number':
      return 0.5;
    case 'choice':
      return form.of[0];
    case 'list':
    case 'list-or-one':
      return [right(form.of)];
    case 'by-channel':
      return { a: whole(form.of) };
    case 'by-name':
      return { a: right(form.of) };
    case 'object':
      return whole(form.of);
    case 'either':
      return form.of[0] && right(form.of[0]);
  }
};

const whole = (shape: Shape): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(shape).flatMap(([name, { form, presence }]) =>
      presence === 'required' ? [[name, right(form)]] : [],
    ),
  );

const ABSENT = Symbol('absent');

/** Values that no form takes, and those of the right kind that are beyond its bounds. */
const WRONG = [
  ...[
    ABSENT,
    null,
    true,
    7.5,
    -1,
    0,
    10,
    1e20,
    '',
    '\u0000',
    'x'.repeat(20_000),
    {},
    { a: 1 },
    { a: {} },
    [],
    [7],
    [''],
  ],
  ...[[null], Array.from({ length: 1_001 }, (_, n) => `${n}`), ['nothing', 'known']],
  Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`c${n}`, { offset: 1, epoch: 'e' }])),
  { a: { offset: 1, epoch: 'e', private: { offset: -1 } } },
];

const withValue = (message: object, name: string, value: unknown): object => {
  const { [name]: _, ...others } = message as Record<string, unknown>;
  return value === ABSENT ? others : { ...others, [name]: value };
};

/** What is said of a message; undefined of one that is taken. */
const saidOf = (message: object): string | undefined => {
  try {
    parseFrame(JSON.stringify(message)).message();
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
};

const fields: readonly (readonly [string, Definition, string, Field])[] = Object.values<Definition>(checked).flatMap(
  (definition) =>
    Object.entries(definition.fields).flatMap(([name, field]) => [
      [`${definition.type}.${name}`, definition, name, field] as const,
    ]),
);

describe('what is said of a message that is not taken', () => {
  it.each(fields)('is a sentence, whatever stands in %s', (_, definition, name, { form, presence }) => {
    const message = { ...whole(definition.fields), type: definition.type };
    const said = WRONG.flatMap((value) => saidOf(withValue(message, name, value)) ?? []);
    if (form.kind === 'any') expect(said).toHaveLength(presence === 'required' ? 1 : 0);
    else expect(said).not.toEqual([]);
    for (const sentence of said) {
      // What validators say of themselves: names of types, of their own functions, signs instead of words.
      expect(sentence).toMatch(/^([\w.]+: expected [a-z0-9][^"<>|]*)(; [\w.]+: expected [a-z0-9][^"<>|]*)*$/);
      expect(sentence).not.toMatch(/undefined|NaN|Invalid|Array|Object|received/);
    }
  });

  const positions = (place: unknown) => ({ type: 'ping', positions: { a: place } });

  it.each([
    [{ type: 'broadcast', data: 1 }, 'channel: expected a channel, but it is missing'],
    [{ type: 'broadcast', channel: 'a' }, 'data: expected a value, but it is missing'],
    [{ type: 'broadcast', channel: 7, data: 1 }, 'channel: expected a channel'],
    [{ type: 'broadcast', channel: 'a', data: 1, targetUsers: [] }, 'targetUsers: expected at least one user'],
    [
      { type: 'broadcast', channel: 'a', data: 1, targetUsers: ['b', ''] },
      'targetUsers.1: expected a text of 1 to 128 printable characters',
    ],
    [{ type: 'compression', enable: true, level: 10 }, 'level: expected a whole number from 0 to 9'],
    [{ type: 'replay', since: -1 }, 'since: expected milliseconds since 1970, a whole number from 0 on'],
    [{ type: 'replay', limit: 1.5 }, 'limit: expected a whole number from 1 on'],
    [{ type: 'replay', limit: 1e20 }, 'limit: expected at most 2^53 - 1'],
    [
      { type: 'replay', priority: 'urgent' },
      'priority: expected one of low, normal, high, critical, or a list of priorities',
    ],
    [
      { type: 'replay', priority: ['low', 'urgent'] },
      'priority: expected one of low, normal, high, critical, or a list of priorities',
    ],
    [{ type: 'subscribe', options: 7 }, 'options: expected an object'],
    [positions(7), 'positions.a: expected an object'],
    [
      positions({ offset: -1 }),
      'positions.a.offset: expected a whole number from 0 on; positions.a.epoch: expected a text of 1 to 128 printable characters, but it is missing',
    ],
    [{ type: 'auth' }, 'token: expected a token of at most 16384 characters, but it is missing'],
    [{ type: 'compressed', encoding: 'gzip', data: '' }, 'encoding: expected deflate'],
    [{ type: 'compressed', encoding: 'deflate', data: '!' }, 'data: expected a text in base64'],
    [{ type: 'chunk', id: 'a', index: 2, total: 2, data: '' }, 'message: expected an index below total'],
  ])('of %j is: %s', (message, sentence) => {
    expect(saidOf(message)).toBe(sentence);
  });
});
