import { expect, it } from 'vitest';
import { hasText, isQuiet } from '../../../console/src/connections/filter.ts';

const connection = { id: 'Q2xv=', user: 'Alice', openedAt: 0, seenAt: 1_000_000, capabilities: [] };
const shown = { ...connection, subscriptionCount: 2, subscriptions: ['task:**', 'news'] };

it.each([
  ['', true],
  ['ali', true],
  ['q2XV', true],
  ['task:', true],
  [' news ', true],
  ['bob', false],
])('finds connections with %j: %s', (text, isFound) => {
  expect(hasText(shown, text)).toBe(isFound);
});

it('tells those that were quiet for ten minutes from those that were not', () => {
  expect(isQuiet(shown, 1_600_000)).toBe(false);
  expect(isQuiet(shown, 1_600_001)).toBe(true);
});
