import { assemblyContract } from './assembly.contract.ts';
import { backlogContract } from './backlog.contract.ts';
import { connectionsContract } from './connections.contract.ts';
import { countersContract } from './counters.contract.ts';
import { cursorsContract } from './cursors.contract.ts';
import { healthReportsContract } from './health-reports.contract.ts';
import { historyContract } from './history.contract.ts';
import { leasesContract } from './leases.contract.ts';
import { leftoversContract } from './leftovers.contract.ts';
import { openConnectionsContract } from './open-connections.contract.ts';
import { overlappingContract } from './overlapping.contract.ts';
import { pastContract } from './past.contract.ts';
import { postingsContract } from './postings.contract.ts';
import { rateLimiterContract } from './rate-limiter.contract.ts';
import { sessionsContract } from './sessions.contract.ts';
import type { StoreKind } from './store.ts';
import { subscriptionsContract } from './subscriptions.contract.ts';
import { ticketsContract } from './tickets.contract.ts';

/** The contracts of all ports of what stores. */
export const storeContracts = (kind: StoreKind): void => {
  historyContract(kind);
  postingsContract(kind);
  backlogContract(kind);
  subscriptionsContract(kind);
  connectionsContract(kind);
  sessionsContract(kind);
  overlappingContract(kind);
  leasesContract(kind);
  healthReportsContract(kind);
  leftoversContract(kind);
  openConnectionsContract(kind);
  cursorsContract(kind);
  ticketsContract(kind);
  assemblyContract(kind);
  rateLimiterContract(kind);
  countersContract(kind);
  pastContract(kind);
};
