import { expect, it } from 'vitest';
import { outdated } from '../../../docs/metrics.ts';

it('docs/metrics.md and the Grafana dashboard are current: `npm run docs` would change nothing', () => {
  expect(outdated()).toEqual([]);
});
