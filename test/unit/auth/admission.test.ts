import { expect, it } from 'vitest';
import { isSigned, signatureOf } from '../../../lib/auth/admission.ts';

const KEY = 'a key of the test, which is long enough';
const admission = { connectionId: 'c=', user: 'alice', capabilities: '', session: '{"grants":{}}' };
const signature = signatureOf([KEY], admission);

it('[C-9] believes what was signed, by any key it knows', () => {
  expect(isSigned([KEY], admission, signature)).toBe(true);
  expect(isSigned(['a newer key', KEY], admission, signature)).toBe(true);
});

it('[C-9] believes what others signed whose keys are being exchanged, before and after these are told', () => {
  const deployments = [[KEY], ['a newer key', KEY], ['a newer key']];
  for (const [i, signs] of deployments.entries()) {
    // Functions change one by one: of two deployments that follow each other, either may sign and either be asked.
    for (const knows of deployments.slice(Math.max(0, i - 1), i + 2)) {
      expect(isSigned(knows, admission, signatureOf(signs, admission))).toBe(true);
    }
  }
  expect(isSigned(['a newer key'], admission, signature)).toBe(false);
});

it.each([
  ['another user', { ...admission, user: 'bob' }],
  ['other grants', { ...admission, session: '{"grants":{"subscribe":["**"]}}' }],
  ['another connection', { ...admission, connectionId: 'd=' }],
  ['other capabilities', { ...admission, capabilities: 'batch' }],
  ['parts that were moved', { ...admission, connectionId: 'c=alice', user: '' }],
])('[C-9] believes it of nothing else: %s', (_, other) => {
  expect(isSigned([KEY], other, signature)).toBe(false);
});

it.each(['', 'x', signature.slice(0, -1), signatureOf(['another key'], admission), signatureOf([], admission)])(
  '[C-9] believes no other signature: %s',
  (other) => {
    expect(isSigned([KEY], admission, other)).toBe(false);
    expect(isSigned([], admission, other)).toBe(false);
  },
);
