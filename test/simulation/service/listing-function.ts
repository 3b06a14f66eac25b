import type { Directory } from '../../../lib/ports/directory.ts';
import type { Subscriptions } from '../../../lib/ports/subscriptions.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import type { ProtocolError } from '../../../lib/protocol/errors.ts';
import { Listeners } from '../../../lib/sync/listening.ts';
import { refusalOf } from '../../../lib/sync/refusal.ts';
import type { Listing } from '../judges/listed.ts';

/** A page of what is asked for. */
export interface PageRequest {
  readonly listing: Listing;
  /** Connections at most. */
  readonly most: number;
  /** Where the page before ended; undefined for the first. */
  readonly after: string | undefined;
}

/** What that is answered. */
export type PageAnswer =
  | { readonly connections: readonly string[]; readonly next: string | undefined }
  | { readonly refused: ProtocolError };

/** The function behind the pages of those who watch over the service. */
export const paged = (
  { directory, subscriptions }: { readonly directory: Directory; readonly subscriptions: Subscriptions },
  onFailure: (error: unknown) => void,
): ((request: PageRequest) => Promise<PageAnswer>) => {
  const listeners = new Listeners(subscriptions, onFailure);
  return async ({ listing: { channel }, most, after }) => {
    try {
      if (channel !== undefined) {
        const page = await listeners.of(parseChannel(channel), most, after);
        return { connections: page.listeners.map(({ connection }) => connection), next: page.behind };
      }
      const page = await directory.page(most, after);
      if (page === undefined) throw new Error('what a page ended with is no cursor');
      return { connections: page.connections.map(({ id }) => id), next: page.next ?? undefined };
    } catch (error) {
      return { refused: refusalOf(error, onFailure, ({ message }) => message) };
    }
  };
};
