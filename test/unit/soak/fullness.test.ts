import { describe, expect, it } from 'vitest';
import { isFull } from '../../soak/fullness.ts';

describe('whether histories are full', () => {
  it('is so once neither events nor ids become more', () => {
    expect(isFull({ events: 5_000, ids: 900 }, { events: 5_010, ids: 700 })).toBe(true);
  });

  it('is not so while events become more', () => {
    expect(isFull({ events: 5_000, ids: 900 }, { events: 5_100, ids: 900 })).toBe(false);
  });

  it('is not so while remembered ids become more', () => {
    expect(isFull({ events: 5_000, ids: 900 }, { events: 5_000, ids: 1_000 })).toBe(false);
  });

  it('is not so while there is nothing', () => {
    expect(isFull({ events: 0, ids: 0 }, { events: 0, ids: 0 })).toBe(false);
  });
});
