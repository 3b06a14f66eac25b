import { expect, it } from 'vitest';
import { limitOf, refusedAt, stateOf, usedOf } from '../../../console/src/limits/words.ts';
import { type LimitedEntry, NEAR_LIMIT } from '../../../lib/protocol/http/limited.ts';

const entry = (more: Partial<LimitedEntry>): LimitedEntry => ({
  ...{ user: 'alice', level: 'user', used: 0, points: 100 },
  ...more,
});
const at = Date.UTC(2026, 0, 5, 12, 0, 0);

it.each([
  [{}, 'fine', 'lets pass'],
  [{ used: 100 * NEAR_LIMIT }, 'near', 'near its end'],
  [{ used: 101, retryAfter: 12_000 }, 'refuses', 'refuses; lets pass again in 12 s'],
  [{ refused: { since: at, last: at } }, 'refused', 'lets pass again'],
  [{ level: 'global', used: null, refused: { since: at, last: at } }, 'refused', 'lets pass again'],
] as const)('says of %j how it stands', (more, state, text) => {
  expect(stateOf(entry(more))).toEqual({ state, text });
});

it('says when it refused: of one time that, of several the first and the last', () => {
  expect(refusedAt(entry({}))).toBe('never within an hour');
  expect(refusedAt(entry({ refused: { since: at, last: at + 1 } }))).toMatch(/^at \d\d:00:00$/);
  expect(refusedAt(entry({ refused: { since: at, last: at + 61_000 } }))).toMatch(
    /^since \d\d:00:00, last at \d\d:01:01$/,
  );
});

it('says how much is used, and of what', () => {
  expect(usedOf(entry({ used: 2_999, points: 3_000 }))).toBe('2,999 of 3,000 (99 %)');
  expect(usedOf(entry({ level: 'stored', used: 1_536, points: 2 ** 30 }))).toBe('1.5 KiB of 1 GiB (0 %)');
  expect(usedOf(entry({ level: 'passing', used: 0, points: 2 ** 26 }))).toBe('0 bytes of 64 MiB (0 %)');
  expect(usedOf(entry({ level: 'global', used: null, points: 10_000 }))).toBe('of 10,000 that all share');
  expect(limitOf(entry({ level: 'messageType', type: 'replay' }))).toBe(
    'messages of the type replay and one connection',
  );
});
