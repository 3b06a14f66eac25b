import { DependencyAway } from '../ports/dependency.ts';
import type { Gateway } from '../ports/gateway.ts';
import { MAX_LOOKED_FOR, type UserConnection } from '../protocol/open-connections.ts';
import { concurrently } from './concurrently.ts';

/** Questions to the gateway at a time: few, for they share its quota with the posts. */
const WIDTH = 16;

/**
 * Asks the gateway which connections it still has, for those who watch over the service. Nothing is removed.
 *
 * @param connections - of which no more than {@link MAX_LOOKED_FOR} are asked about.
 * @returns by id: `unknown` if the gateway cannot say, or not now.
 */
export const lookFor = async (
  gateway: Pick<Gateway, 'find'>,
  connections: readonly { readonly id: string; readonly endpoint: string }[],
): Promise<ReadonlyMap<string, NonNullable<UserConnection['there']>>> => {
  const found = new Map<string, NonNullable<UserConnection['there']>>();
  await concurrently(connections.slice(0, MAX_LOOKED_FOR), WIDTH, async (connection) => {
    try {
      found.set(connection.id, await gateway.find(connection));
    } catch (error) {
      if (!(error instanceof DependencyAway)) throw error;
      found.set(connection.id, 'unknown');
    }
  });
  return found;
};
