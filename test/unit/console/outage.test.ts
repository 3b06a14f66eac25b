import { expect, it } from 'vitest';
import { Outage } from '../../../console/src/service/outage.ts';

it('is since the first failure that no success came after', () => {
  const outage = new Outage();
  expect(outage.since).toBeUndefined();
  outage.note(true, 1_000);
  outage.note(true, 2_000);
  expect(outage.since).toBe(1_000);
  outage.note(false, 3_000);
  expect(outage.since).toBeUndefined();
  outage.note(true, 4_000);
  expect(outage.since).toBe(4_000);
});
