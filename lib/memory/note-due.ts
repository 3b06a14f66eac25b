import { QUIET } from '../ports/directory.ts';
import type { MemoryStore } from './store.ts';

/** Notes that a connection is to be looked for, unless that is noted already. */
export const noteDue = ({ due, clock }: MemoryStore, id: string): void => {
  if (due.score(id) === undefined) due.set(id, clock.now() + QUIET);
};
