import { expect, it } from 'vitest';
import { isCurrent } from '../../../docs/metrics.ts';

it('docs/metrics.md is current: `npm run docs` would change nothing', () => {
  expect(isCurrent()).toBe(true);
});
