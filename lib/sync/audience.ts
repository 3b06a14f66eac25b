import type { ListenersPage, Subscriptions } from '../ports/subscriptions.ts';
import type { Channel } from '../protocol/channel.ts';
import { HeardSets, type Listener } from './heard-sets.ts';
import { mergePages, type TextPages } from './merge-pages.ts';
import { SubscribedTexts } from './subscribed-texts.ts';

/** Runs a step that may be repeated, until it succeeds or is given up. */
export type Persistently = <T>(step: () => Promise<T>) => Promise<T>;

/**
 * Who listens to a channel. Holds the shapes and the indexed patterns that have listeners, and follows their changes;
 * who the listeners are is read anew each time.
 */
export class Audience {
  readonly #subscriptions: Subscriptions;
  readonly #known: SubscribedTexts;

  /**
   * @param cacheSize - channels whose matching patterns are remembered.
   * @param onFailure - told of an entry that this version cannot read, which then matches nothing.
   */
  constructor(subscriptions: Subscriptions, cacheSize: number, onFailure: (error: unknown) => void) {
    this.#subscriptions = subscriptions;
    this.#known = new SubscribedTexts(cacheSize, onFailure);
  }

  /**
   * Finds who listens to the channels, each connection once. Sees every subscription that was acknowledged before this
   * call. Pages are read as they are asked for, so that memory is bounded however large the audience.
   *
   * @param persistently - runs each reading.
   * @param after - only connections behind this id; undefined for all.
   * @returns them in the order of their ids.
   * @throws DependencyAway where a reading was given up.
   */
  async *of(
    channels: readonly Channel[],
    persistently: Persistently,
    after?: string,
  ): AsyncGenerator<readonly Listener[]> {
    const { channelsOf, first } = await persistently(() => this.#begin(channels, after));
    const texts = [...channelsOf.keys()];
    const sets = new HeardSets(
      Array.from(channelsOf, ([text, numbers]) => ({ text, channels: numbers })),
      channels.map(({ text }) => text),
    );
    const pages: TextPages = texts.map((text) => first.get(text) as ListenersPage);
    yield* mergePages(sets, pages, (behind) =>
      persistently(() =>
        this.#subscriptions.listeners(behind.map(({ text, after }) => ({ text: texts[text] as string, after }))),
      ),
    );
  }

  /** Follows the registry, and reads the first page of every text under which a listener of the channels may stand. */
  async #begin(channels: readonly Channel[], after: string | undefined) {
    // Changes and listeners travel together, for what is known now; changes are rare, and only what they add costs a
    // second trip. Both reads begin after the call did, so neither can miss what was acknowledged before it.
    let channelsOf = this.#channelsByText(channels);
    const known = [...channelsOf.keys()];
    const [changes, pages] = await Promise.all([
      this.#subscriptions.changes(this.#known.place),
      this.#firstPages(known, after),
    ]);
    const first = new Map(pages);
    if (this.#known.follow(changes)) {
      channelsOf = this.#channelsByText(channels);
      const added = [...channelsOf.keys()].filter((text) => !first.has(text));
      for (const [text, page] of await this.#firstPages(added, after)) first.set(text, page);
    }
    return { channelsOf, first };
  }

  async #firstPages(
    texts: readonly string[],
    after: string | undefined,
  ): Promise<readonly [text: string, page: ListenersPage][]> {
    if (texts.length === 0) return [];
    const pages = await this.#subscriptions.listeners(texts.map((text) => ({ text, after })));
    return texts.map((text, i) => [text, pages[i] as ListenersPage]);
  }

  /** The texts under which a listener may stand, each with the numbers of the channels it matches. */
  #channelsByText(channels: readonly Channel[]): Map<string, number[]> {
    const channelsOf = new Map<string, number[]>();
    const note = (text: string, channel: number): void => {
      const numbers = channelsOf.get(text);
      if (numbers === undefined) channelsOf.set(text, [channel]);
      else numbers.push(channel);
    };
    for (const [number, channel] of channels.entries()) {
      for (const text of this.#known.of(channel)) note(text, number);
    }
    return channelsOf;
  }
}
