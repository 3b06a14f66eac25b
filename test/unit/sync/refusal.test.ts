import { expect, it } from 'vitest';
import { DependencyAway, Overtaken } from '../../../lib/ports/dependency.ts';
import { refusalOf } from '../../../lib/sync/refusal.ts';

const refusalFor = (error: unknown) => {
  const failures: unknown[] = [];
  const { code, retryAfter } = refusalOf(
    error,
    (failure) => failures.push(failure),
    () => 'away',
  );
  return { code, retryAfter, failures };
};

it('a dependency that is away is told of, and what other requests of the connection undid is not', () => {
  const away = new DependencyAway('redis', new Error('gone'));
  expect(refusalFor(away)).toEqual({ code: 'UNAVAILABLE', retryAfter: 1_000, failures: [away] });
  expect(refusalFor(new Overtaken())).toEqual({ code: 'UNAVAILABLE', retryAfter: 1_000, failures: [] });
});
