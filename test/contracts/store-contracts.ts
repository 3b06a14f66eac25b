import { backlogContract } from './backlog.contract.ts';
import { bellContract } from './bell.contract.ts';
import { consumersContract } from './consumers.contract.ts';
import { countersContract } from './counters.contract.ts';
import { directoryContract } from './directory.contract.ts';
import { healthReportsContract } from './health-reports.contract.ts';
import { historyContract } from './history.contract.ts';
import { leasesContract } from './leases.contract.ts';
import { limitedContract } from './limited.contract.ts';
import { overlappingContract } from './overlapping.contract.ts';
import { pastContract } from './past.contract.ts';
import { postingsContract } from './postings.contract.ts';
import { rateLimiterContract } from './rate-limiter.contract.ts';
import { registryContract } from './registry.contract.ts';
import { scratchContract } from './scratch.contract.ts';
import { serviceEventsContract } from './service-events.contract.ts';
import type { StoreKind } from './store.ts';
import { subscriptionsContract } from './subscriptions.contract.ts';

/** The contracts of all ports of what stores. */
export const storeContracts = (kind: StoreKind): void => {
  historyContract(kind);
  postingsContract(kind);
  backlogContract(kind);
  subscriptionsContract(kind);
  registryContract(kind);
  directoryContract(kind);
  serviceEventsContract(kind);
  overlappingContract(kind);
  leasesContract(kind);
  healthReportsContract(kind);
  scratchContract(kind);
  consumersContract(kind);
  bellContract(kind);
  rateLimiterContract(kind);
  limitedContract(kind);
  countersContract(kind);
  pastContract(kind);
};
