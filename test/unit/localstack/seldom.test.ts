import { afterEach, expect, it, vi } from 'vitest';
import { seldom } from '../../../localstack/seldom.ts';

afterEach(() => void vi.useRealTimers());

it('tells the first of many at once, and the next a second later, with how many were left out', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const told: string[] = [];
  const tell = seldom((line) => told.push(line));
  for (const line of ['a', 'b', 'c']) tell(line);
  expect(told).toEqual(['a']);
  vi.advanceTimersByTime(1_000);
  tell('d');
  vi.advanceTimersByTime(1_000);
  tell('e');
  expect(told).toEqual(['a', 'd (and 2 more before it)', 'e']);
});
