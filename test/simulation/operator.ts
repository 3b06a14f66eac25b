import type { MemoryStore } from '../../lib/memory/store.ts';
import type { Directory } from '../../lib/ports/directory.ts';
import type { Subscriptions } from '../../lib/ports/subscriptions.ts';
import { parseChannel } from '../../lib/protocol/channel.ts';
import type { ProtocolError } from '../../lib/protocol/errors.ts';
import { Listeners } from '../../lib/sync/listening.ts';
import { refusalOf } from '../../lib/sync/refusal.ts';
import type { Stage } from './environment.ts';
import type { Lambda } from './lambda.ts';
import { Listed, type Listing } from './listed.ts';

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

/** Connections of a page, at most. */
const SIZES = [1, 2, 3, 1_000];

/** Milliseconds between two pages, at the most, and after which it is asked again for one that was not answered. */
const PAUSE = 2_000;
const AGAIN = 1_000;

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

/** Somebody who reads, page by page, who is connected and who listens to a channel, while others come and go. */
export class Operator {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #http: Pick<Lambda<PageRequest, PageAnswer>, 'invoke'>;
  #lists = 0;

  constructor(stage: Stage, store: MemoryStore, http: Pick<Lambda<PageRequest, PageAnswer>, 'invoke'>) {
    this.#stage = stage;
    this.#store = store;
    this.#http = http;
  }

  /** Whether it has read all that it began to read. */
  get isAtRest(): boolean {
    return this.#lists === 0;
  }

  /**
   * Reads all pages of something.
   *
   * @param much - how many connections a page has, from 0 to 1.
   */
  async list(listing: Listing, much: number): Promise<void> {
    const { time, fate, story } = this.#stage;
    const most = SIZES[Math.floor(much * SIZES.length)] as number;
    const listed = new Listed(this.#stage, this.#store, listing);
    story.tell('operator', `lists ${listed.what}, ${most} a page`);
    this.#lists++;
    for (let after: string | undefined; ; ) {
      listed.asks();
      const answered = await this.#http.invoke({ listing, most, after });
      if (!answered.isDone || 'refused' in answered.answer) {
        await time.sleep(AGAIN);
        continue;
      }
      const { connections, next } = answered.answer;
      story.tell('operator', `is shown ${connections.join(', ') || 'nobody'}${next === undefined ? ', the last' : ''}`);
      listed.shown(connections);
      after = next;
      if (after === undefined) break;
      await time.sleep(fate.at('operator').below(PAUSE));
    }
    listed.end();
    this.#lists--;
  }
}
