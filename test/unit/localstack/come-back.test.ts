import { expect, it } from 'vitest';
import { comeBackAfter } from '../../../localstack/come-back.ts';

it('[P-4] clients that are sent away come back spread evenly, 200 a second at most', () => {
  for (const clients of [1, 200, 5_000]) {
    const times = Array.from({ length: clients }, (_, n) => comeBackAfter(clients, n / clients));
    for (const start of times) {
      expect(times.filter((time) => time >= start && time < start + 1_000).length).toBeLessThanOrEqual(201);
    }
  }
  expect(comeBackAfter(2, 0.5)).toBe(500);
});
