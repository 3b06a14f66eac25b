import { expect, it } from 'vitest';
import { generated } from '../../../docs/alarms.ts';
import { outdatedOf } from '../../../docs/generated.ts';

it('docs/alarms.md is current: `npm run docs` would change nothing', () => {
  expect(outdatedOf(generated())).toEqual([]);
});
