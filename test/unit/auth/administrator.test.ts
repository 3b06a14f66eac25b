import { expect, it } from 'vitest';
import { isAdminKey, keyOf } from '../../../lib/auth/administrator.ts';
import { unchanging } from '../../../lib/ports/rotating.ts';

it.each([
  [{ 'x-api-key': 'a key' }, 'a key'],
  [{ Authorization: 'Bearer a key' }, 'a key'],
  [{}, undefined],
])('[H-1] of %j the key is %s', (headers, key) => {
  expect(keyOf(headers)).toBe(key);
});

it('[H-1] opens with the key and with no other, and with none where there is none', async () => {
  expect(await isAdminKey('a key', unchanging('a key'))).toBe(true);
  expect(await isAdminKey('a kez', unchanging('a key'))).toBe(false);
  expect(await isAdminKey(undefined, unchanging('a key'))).toBe(false);
  expect(await isAdminKey('a key', unchanging(undefined))).toBe(false);
  expect(await isAdminKey(undefined, unchanging(undefined))).toBe(false);
});

it('[H-1] opens with the key that it was exchanged for, and not with the one before', async () => {
  const exchanged = { ...unchanging('before'), renewed: async () => 'after', previous: async () => 'before the last' };
  expect(await isAdminKey('after', exchanged)).toBe(true);
  expect(await isAdminKey('before the last', exchanged)).toBe(false);
});
