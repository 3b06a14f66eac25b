import { activeContract } from './history/active.contract.ts';
import { appendingContract } from './history/appending.contract.ts';
import { backwardsContract } from './history/backwards.contract.ts';
import { forwardsContract } from './history/forwards.contract.ts';
import { keepingContract } from './history/keeping.contract.ts';
import { positionsContract } from './history/positions.contract.ts';
import type { StoreKind } from './store.ts';

/** What {@link History} promises. */
export const historyContract = (kind: StoreKind): void => {
  appendingContract(kind);
  positionsContract(kind);
  keepingContract(kind);
  forwardsContract(kind);
  backwardsContract(kind);
  activeContract(kind);
};
