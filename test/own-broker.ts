import { inject } from 'vitest';

/**
 * The queues `connections` and `events.parked` have one name in every service, so a service needs a broker to itself: a
 * virtual host that belongs to this worker, which runs a file at a time.
 *
 * @returns its address.
 */
export const ownBroker = (): string => {
  const url = inject('rabbitmqUrls')[Number(process.env['VITEST_POOL_ID']) - 1];
  if (url === undefined) throw new Error('A broker whose address is given serves one worker: --no-file-parallelism');
  return url;
};
