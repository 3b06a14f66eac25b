import { expect, it } from 'vitest';
import { outdatedOf } from '../../../docs/generated.ts';
import { generated } from '../../../docs/metrics.ts';

it('docs/metrics.md and the Grafana dashboard are current: `npm run docs` would change nothing', () => {
  expect(outdatedOf(generated())).toEqual([]);
});
