import fc from 'fast-check';

/** Texts that were made to break something. */
export const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
    'toString',
    '$connect',
    '$disconnect',
    '$default',
    '../../etc/passwd',
    "'; DROP TABLE users; --",
    '{{7*7}}',
    'a\r\nSET x 1',
    '{a}',
    'x'.repeat(5_000),
    '😀'.repeat(150),
    '/(a+)+$/',
    '/(a|a)*b{1,999}/',
    `/${'\\pL{0,99}'.repeat(20)}/`,
    `/${'('.repeat(90)}${')'.repeat(90)}/`,
    '/[/',
    '*'.repeat(200),
    '**:'.repeat(60),
    `${'*a'.repeat(90)}`,
    'a::b',
    '.',
    ':',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
export const channel = fc.constantFrom('a', 'a:b', 'memory:created', 'user:42:settings', 'x.y.z', 'é:😀');
const pattern = fc.constantFrom('a:*', '**', 'memory.**', 'a:**:b', 'x?:*z', '/a(b|c)+/', '**:b');
export const text = fc.oneof(channel, pattern, hostileText);
const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(0, -1, 1e308, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 2, 0.5),
);
/** Any JSON value, and a few that stand for many. */
export const anyValue = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: number },
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 5 }),
  fc.jsonValue({ maxDepth: 4 }),
  fc.constant([[[[[[[[[[{}]]]]]]]]]]),
);
/** A field as it should be, or not. */
export const field = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: anyValue });

/** What is broadcast, with all that may be said of it. */
export const BROADCAST = {
  channel: field(channel),
  data: anyValue,
  id: field(fc.constantFrom('1', '2')),
  priority: field(fc.constantFrom('low', 'high')),
  category: field(fc.constant('c')),
  targetUsers: field(fc.array(fc.constantFrom('alice', 'bob'), { minLength: 1, maxLength: 3 })),
};
