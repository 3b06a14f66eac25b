import { chunksContract } from './scratch/chunks.contract.ts';
import { cursorsContract } from './scratch/cursors.contract.ts';
import { ticketsContract } from './scratch/tickets.contract.ts';
import type { StoreKind } from './store.ts';

/** What {@link Scratch} promises. */
export const scratchContract = (kind: StoreKind): void => {
  chunksContract(kind);
  cursorsContract(kind);
  ticketsContract(kind);
};
