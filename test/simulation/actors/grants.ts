import type { Grants } from '../../../lib/protocol/grants.ts';
import { TEXTS } from '../plans/plan.ts';

/** What a user may be granted, and which of the texts that covers. */
export interface Granting {
  readonly grants: Grants;
  readonly covered: readonly string[];
}

const granting = (subscribe: readonly string[], covered: readonly string[]): Granting => ({
  grants: { subscribe, publish: ['**'] },
  covered,
});

/** What users may be granted; the first is everything. */
export const GRANTINGS: readonly [Granting, ...Granting[]] = [
  granting(['**'], TEXTS),
  granting(['a', 'x:*'], ['a', 'x:*', 'x:1', 'x:2']),
  granting(['x:1', 'y:*'], ['x:1']),
  granting(['**:1', 'a'], ['a', 'x:1']),
];
