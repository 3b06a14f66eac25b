import type { Remark } from './finding.ts';
import type { Visit } from './visit.ts';

/** Something that is looked at. */
export interface Check {
  readonly name: string;
  /** Names of the checks before it without which there is nothing to look at. */
  readonly needs?: readonly string[];
  /** What to do where it fails. */
  readonly advice: string;
  /**
   * @returns what was seen, where it is as it should be.
   * @throws Fault
   */
  readonly look: (visit: Visit) => Promise<string | Remark>;
}
