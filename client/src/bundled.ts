import type * as development from './development.ts';

// What stands for `development.ts` in the bundle of a page: who made it was told all that while developing. Calls of what does
// nothing are left out of it, where that is declared as a function.

/** Looks at nothing. */
export function assertOptions(): void {}

/** Without a scheme that a host follows, as in localhost:3001, the origin is no address. */
export const assertConnectable: typeof development.assertConnectable = ({ url, httpUrl = url }) => {
  for (const address of [url, httpUrl]) new URL(new URL(address).origin);
};

/** Adds nothing. */
export function explain(): void {}

/** Says nothing. */
export function warn(): void {}

/** Adds nothing. */
export function explainName(): void {}
