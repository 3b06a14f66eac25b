import { expect, test } from 'vitest';
import { matches } from './oracle.ts';

test.each([
  ['memory:*', 'memory:created', true],
  ['memory:*', 'memory:created:late', false],
  ['**:important', 'a.b:important', true],
  ['**:important', 'important', false],
  ['memory.**', 'memory', false],
  ['memory.**', 'memory.a:b', true],
  ['a:**:b', 'a:b', true],
  ['a:**.b', 'a:b', false],
  ['a:**.b', 'a.b', false],
  ['a:**.b', 'a:x.b', true],
  ['u?:a*b', 'u1:ab', true],
  ['u?:a*b', 'u12:ab', false],
  ['/a|ab/', 'ab', true],
  ['/a/', 'ab', false],
  ['$a:*', '$a:b', true],
  ['$a', '$a', true],
  ['**', '$a:b', false],
  ['*:b', '$a:b', false],
  ['$*:b', '$a:b', false],
  ['$?:*', '$a:b', false],
  ['/.*/', '$a:b', false],
  ['a:*', 'a:$b', true],
])('the oracle itself: %s on %s is %s', (pattern, channel, expected) => {
  expect(matches(pattern, channel)).toBe(expected);
});
