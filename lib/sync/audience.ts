import type { Connection, RegistryChanges, RegistryPlace, Subscriptions } from '../ports.ts';
import type { Channel } from '../protocol/channel.ts';
import { parsePattern } from '../protocol/pattern.ts';
import { PatternIndex } from './match/pattern-index.ts';
import { type CompiledShape, compileShape } from './match/shape.ts';

/**
 * Who listens to a channel. Holds the shapes and the indexed patterns that have listeners, and follows their changes;
 * who the listeners are is read anew each time.
 */
export class Audience {
  readonly #subscriptions: Subscriptions;
  readonly #onFailure: (error: unknown) => void;
  readonly #shapes = new Map<string, CompiledShape>();
  #index = new PatternIndex();
  #place: RegistryPlace | undefined;

  /** @param onFailure - told of an entry that this version cannot read, which then matches nothing. */
  constructor(subscriptions: Subscriptions, onFailure: (error: unknown) => void) {
    this.#subscriptions = subscriptions;
    this.#onFailure = onFailure;
  }

  /**
   * Finds who listens to each channel, each connection once per channel. Sees every subscription that was acknowledged
   * before this call.
   *
   * @returns listeners by connection id, by channel text.
   * @throws DependencyAway
   */
  async of(channels: readonly Channel[]): Promise<ReadonlyMap<string, ReadonlyMap<string, Connection>>> {
    // Changes and listeners travel together, for what is known now; changes are rare, and only what they add costs a
    // second trip. Both reads begin after the call did, so neither can miss what was acknowledged before it.
    let textsOf = this.#textsOf(channels);
    const known = new Set([...textsOf.values()].flat());
    const [changes, listeners] = await Promise.all([
      this.#subscriptions.changes(this.#place),
      this.#subscriptions.listeners([...known]),
    ]);
    const found = new Map(listeners);
    if (this.#follow(changes)) {
      textsOf = this.#textsOf(channels);
      const added = [...textsOf.values()].flat().filter((text) => !known.has(text));
      for (const [text, more] of await this.#subscriptions.listeners([...new Set(added)])) found.set(text, more);
    }

    return new Map(
      channels.map((channel) => {
        const audience = new Map<string, Connection>();
        for (const text of textsOf.get(channel.text) as string[]) {
          for (const listener of found.get(text) ?? []) audience.set(listener.id, listener);
        }
        return [channel.text, audience];
      }),
    );
  }

  /** For each channel, the texts under which a listener of it may stand. */
  #textsOf(channels: readonly Channel[]): Map<string, string[]> {
    return new Map(
      channels.map((channel) => {
        const texts = new Set([channel.text]);
        for (const shape of this.#shapes.values()) {
          const text = shape.candidate(channel);
          if (text !== undefined) texts.add(text);
        }
        for (const text of this.#index.match(channel)) texts.add(text);
        return [channel.text, [...texts]];
      }),
    );
  }

  /** Takes changes in, which may be done twice. Returns whether there were any. */
  #follow({ place, reset, added, removed }: RegistryChanges): boolean {
    if (reset) {
      this.#shapes.clear();
      this.#index = new PatternIndex();
    }
    for (const entry of removed) {
      if ('shape' in entry) this.#shapes.delete(entry.shape);
      else this.#index.remove(entry.pattern);
    }
    for (const entry of added) {
      // Another version may have entered what this one cannot read; that must not stop everyone's events.
      try {
        if ('shape' in entry) this.#shapes.set(entry.shape, compileShape(entry.shape));
        else this.#index.add(parsePattern(entry.pattern));
      } catch (error) {
        this.#onFailure(error);
      }
    }
    this.#place = place;
    return reset || added.length > 0 || removed.length > 0;
  }
}
