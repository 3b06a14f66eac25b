import { expect, it } from 'vitest';
import { residueOf } from '../../soak/inventory.ts';

it('finds keys and entries that were left behind', () => {
  const before = new Map([
    ['open', 1],
    ['due', 2],
  ]);
  expect(residueOf(before, new Map(before))).toEqual([]);
  expect(residueOf(before, new Map([['open', 1]]))).toEqual([]);
  expect(residueOf(before, new Map([...before, ['c:1', 3], ['due', 4]]))).toEqual([
    'due: 2 more than before',
    'c:1: 3 more than before',
  ]);
});
