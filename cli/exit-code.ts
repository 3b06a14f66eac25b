/** How a command ended, for whoever called it. */
export const EXIT = { done: 0, failed: 1, misused: 2 } as const;

/** A command could not do what it was asked; the message says everything. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
