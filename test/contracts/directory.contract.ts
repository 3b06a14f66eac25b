import { openingContract } from './directory/opening.contract.ts';
import { sessionsContract } from './directory/sessions.contract.ts';
import { showingContract } from './directory/showing.contract.ts';
import { sweepingContract } from './directory/sweeping.contract.ts';
import type { StoreKind } from './store.ts';

/** What {@link Directory} promises. */
export const directoryContract = (kind: StoreKind): void => {
  openingContract(kind);
  sessionsContract(kind);
  sweepingContract(kind);
  showingContract(kind);
};
