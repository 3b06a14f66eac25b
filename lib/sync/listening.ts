import type { Connection } from '../ports/connection.ts';
import type { Subscriptions } from '../ports/subscriptions.ts';
import type { Channel } from '../protocol/channel.ts';
import { type ChannelListener, MOST_TEXTS_READ } from '../protocol/http/listening.ts';
import { SHOWN_SUBSCRIPTIONS } from '../protocol/open-connections.ts';
import { SubscribedTexts } from './subscribed-texts.ts';

/** Texts whose listeners are read in one round trip. */
const AT_A_TIME = 50;

/** Channels whose matching patterns are remembered. */
const CACHE_SIZE = 100;

/** A connection that hears a channel, and by what. */
interface Found {
  readonly connection: Connection;
  readonly texts: string[];
}

/** A page of those who hear a channel. */
export interface Listening {
  /** How many channels and patterns match, under which somebody may be subscribed. */
  readonly texts: number;
  /** How many of them were not looked into. */
  readonly unread: number;
  /** In the order of the ids of their connections: fewer than were asked for, where the store gives fewer at a time. */
  readonly listeners: readonly ChannelListener[];
  /** The last of them, where there are more behind it. */
  readonly behind: string | undefined;
}

/** Those of the lowest ids, so many of them. */
const firstOf = (found: ReadonlyMap<string, Found>, most: number): Map<string, Found> =>
  new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)).slice(0, most));

const shown = ({ connection, texts }: Found): ChannelListener => ({
  connection: connection.id,
  user: connection.user,
  subscriptionCount: texts.length,
  subscriptions: texts.sort().slice(0, SHOWN_SUBSCRIPTIONS),
});

/**
 * Tells who hears a channel and by which subscriptions, page by page, for those who watch over the service. It follows the
 * registry of patterns from one call to the next, as the fan-out does.
 */
export class Listeners {
  readonly #subscriptions: Pick<Subscriptions, 'changes' | 'listeners'>;
  readonly #known: SubscribedTexts;

  /** @param onFailure - told of an entry that this version cannot read, which then matches nothing. */
  constructor(subscriptions: Pick<Subscriptions, 'changes' | 'listeners'>, onFailure: (error: unknown) => void) {
    this.#subscriptions = subscriptions;
    this.#known = new SubscribedTexts(CACHE_SIZE, onFailure);
  }

  /**
   * However many hear it, it holds no more than a page and what is read at a time.
   *
   * @param most - connections.
   * @param after - only connections behind this id; undefined for all.
   * @throws DependencyAway
   */
  async of(channel: Channel, most: number, after: string | undefined): Promise<Listening> {
    this.#known.follow(await this.#subscriptions.changes(this.#known.place));
    const texts = this.#known.of(channel);
    const read = texts.slice(0, MOST_TEXTS_READ);
    let found = new Map<string, Found>();
    // The store gives fewer at a time than may be asked for. Behind the end of such a page nobody is known of its text.
    let end: string | undefined;
    for (let at = 0; at < read.length; at += AT_A_TIME) {
      const some = read.slice(at, at + AT_A_TIME);
      // One more than are shown, by which it is seen that there are more. Whoever is among the first of all is among the
      // first of each text.
      const pages = await this.#subscriptions.listeners(some.map((text) => ({ text, after, most: most + 1 })));
      for (const [i, { listeners, more }] of pages.entries()) {
        const last = more ? listeners.at(-1)?.id : undefined;
        if (last !== undefined && (end === undefined || last < end)) end = last;
        for (const connection of listeners) {
          const known = found.get(connection.id) ?? { connection, texts: [] };
          known.texts.push(some[i] as string);
          found.set(connection.id, known);
        }
      }
      found = firstOf(found, most + 1);
    }
    const known = [...found.values()].filter(({ connection: { id } }) => end === undefined || id <= end);
    const page = known.slice(0, most);
    return {
      texts: texts.length,
      unread: texts.length - read.length,
      listeners: page.map(shown),
      behind: known.length > most || end !== undefined ? page.at(-1)?.connection.id : undefined,
    };
  }
}
