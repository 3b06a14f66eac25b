import { afterEach, expect, it, vi } from 'vitest';
import { newId } from '../../../client/src/new-id.ts';
import { SeededRandom } from '../../seeded-random.ts';

afterEach(() => vi.unstubAllGlobals());

const never = (): number => {
  throw new Error('asked for chance where there is better');
};

it('is a UUID where the runtime makes them', () => {
  const crypto = { randomUUID: vi.fn(() => 'a-uuid'), getRandomValues: never };
  vi.stubGlobal('crypto', crypto);
  expect(newId(never)).toBe('a-uuid');
});

it('is sixteen bytes by chance in a page over plain HTTP, which has no UUIDs', () => {
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) });
  expect(newId(() => 0)).toBe(Array(16).fill(7).join('-'));
});

it('is sixteen bytes by any chance where there is no better, of which each may be anything', () => {
  vi.stubGlobal('crypto', undefined);
  const random = new SeededRandom(1);
  const ids = Array.from({ length: 1_000 }, () => newId(() => random.below(1_000_000) / 1_000_000).split('-'));
  expect(new Set(ids.map(({ length }) => length))).toEqual(new Set([16]));
  expect(new Set(ids.flat()).size).toBe(256);
  expect(newId(() => 0.5)).toBe(Array(16).fill(128).join('-'));
});
