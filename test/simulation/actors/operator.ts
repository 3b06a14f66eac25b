import type { MemoryStore } from '../../../lib/memory/store.ts';
import { Listed, type Listing } from '../judges/listed.ts';
import { channelAt } from '../plans/plan.ts';
import type { PageAnswer, PageRequest } from '../service/listing-function.ts';
import type { Stage } from '../stage/environment.ts';
import type { Lambda } from '../stage/lambda.ts';
import type { Actor, Deeds } from './actor.ts';

/** Connections of a page, at most. */
const SIZES = [1, 2, 3, 1_000];

/** Milliseconds between two pages, at the most, and after which it is asked again for one that was not answered. */
const PAUSE = 2_000;
const AGAIN = 1_000;

/** Somebody who reads, page by page, who is connected and who listens to a channel, while others come and go. */
export class Operator implements Actor {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #http: Pick<Lambda<PageRequest, PageAnswer>, 'invoke'>;
  #lists = 0;

  constructor(stage: Stage, store: MemoryStore, http: Pick<Lambda<PageRequest, PageAnswer>, 'invoke'>) {
    this.#stage = stage;
    this.#store = store;
    this.#http = http;
  }

  readonly deeds: Deeds = {
    'list connections': ({ much }) => void this.#list({}, much),
    'list listeners': ({ where, much }) => void this.#list({ channel: channelAt(where) }, much),
  };

  /** Whether it has read all that it began to read. */
  get isAtRest(): boolean {
    return this.#lists === 0;
  }

  /**
   * Reads all pages of something.
   *
   * @param much - how many connections a page has, from 0 to 1.
   */
  async #list(listing: Listing, much: number): Promise<void> {
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
