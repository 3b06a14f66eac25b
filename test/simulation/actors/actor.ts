import type { Step } from '../plans/steps.ts';

/** What is done with each kind of step. */
export type Deeds = Readonly<Partial<Record<Step['deed'], (step: Step) => void>>>;

/** Somebody, or several of a kind, who act in a plan by its steps. */
export interface Actor {
  /** How many these are; one where absent. */
  readonly count?: number;
  /** The steps that are theirs. */
  readonly deeds: Deeds;
  /** Whether nothing that they began goes on; nothing ever does where absent. */
  readonly isAtRest?: boolean;
  /** Ends their troubles: nothing goes wrong any more. */
  mend?(): void;
  /** They stop, and leave the service. */
  leave?(): void | Promise<void>;
}
