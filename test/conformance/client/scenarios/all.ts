import type { Scenario } from '../scenario.ts';
import { COMING_BACK } from './coming-back.ts';
import { FRAMES } from './frames.ts';
import { GAPS } from './gaps.ts';
import { HEARING } from './hearing.ts';
import { LOSSES } from './losses.ts';
import { MATCHED } from './matched.ts';
import { PUBLISHING } from './publishing.ts';

/** All scenarios but those of chance. */
export const SCENARIOS: readonly Scenario[] = [
  ...HEARING,
  ...FRAMES,
  ...MATCHED,
  ...GAPS,
  ...LOSSES,
  ...COMING_BACK,
  ...PUBLISHING,
];
