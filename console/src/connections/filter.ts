import type { OpenConnection } from '../../../lib/protocol/open-connections.ts';

/** Milliseconds without a sign of life after which the service looks whether a connection is still there. */
const QUIET = 600_000;

/** Whether nothing was heard of a connection for so long that its client may be gone. */
export const isQuiet = ({ seenAt }: OpenConnection, now: number): boolean => now - seenAt > QUIET;

/** Whether a connection has a text in its user, its id or a subscription that is shown. Case does not matter. */
export const hasText = ({ user, id, subscriptions }: OpenConnection, text: string): boolean => {
  const wanted = text.trim().toLowerCase();
  return [user, id, ...subscriptions].some((each) => each.toLowerCase().includes(wanted));
};
