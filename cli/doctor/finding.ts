/**
 * - `passed`: it is as it should be.
 * - `failed`: it is not.
 * - `noted`: something that is to be known, and no fault.
 * - `skipped`: it was not looked at, since something it needs failed or was not given.
 */
export type Outcome = 'passed' | 'failed' | 'noted' | 'skipped';

/** What a check came to. */
export interface Finding {
  /** The name of the check. */
  readonly check: string;
  readonly outcome: Outcome;
  /** What was seen, in words. */
  readonly says: string;
  /** What to do where it failed. */
  readonly advice?: string;
}

/** What a check saw that is not as it should be. */
export class Fault extends Error {
  override readonly name = 'Fault';
  /** What to do; where it is undefined, what the check advises. */
  readonly advice: string | undefined;

  constructor(says: string, advice?: string) {
    super(says);
    this.advice = advice;
  }
}

/** What was seen that nobody need mend, or for want of what it was not looked at. */
export interface Remark {
  readonly outcome: 'noted' | 'skipped';
  readonly says: string;
}

export const noted = (says: string): Remark => ({ outcome: 'noted', says });
export const skipped = (says: string): Remark => ({ outcome: 'skipped', says });
