import type { RegistryChanges, RegistryPlace } from '../ports/subscriptions.ts';
import type { Channel } from '../protocol/channel.ts';
import { readPattern } from '../protocol/pattern.ts';
import { Candidates } from './match/candidates.ts';

/** The shapes and the indexed patterns that have listeners, as far as the registry was followed. */
export class SubscribedTexts {
  readonly #onFailure: (error: unknown) => void;
  readonly #cacheSize: number;
  #candidates: Candidates;
  #place: RegistryPlace | undefined;

  /**
   * @param cacheSize - channels whose matching patterns are remembered.
   * @param onFailure - told of an entry that this version cannot read, which then matches nothing.
   */
  constructor(cacheSize: number, onFailure: (error: unknown) => void) {
    this.#cacheSize = cacheSize;
    this.#onFailure = onFailure;
    this.#candidates = new Candidates(cacheSize, onFailure);
  }

  /** How far the registry was followed; undefined at first. */
  get place(): RegistryPlace | undefined {
    return this.#place;
  }

  /** The texts under which a listener of a channel may stand, each once. */
  of(channel: Channel): readonly string[] {
    return this.#candidates.of(channel);
  }

  /** Takes changes in, which may be done twice. Returns whether there were any. */
  follow({ place, reset, added, removed }: RegistryChanges): boolean {
    if (reset) this.#candidates = new Candidates(this.#cacheSize, this.#onFailure);
    for (const entry of removed) {
      if ('shape' in entry) this.#candidates.removeShape(entry.shape);
      else this.#candidates.removePattern(entry.pattern);
    }
    for (const entry of added) {
      // Another version may have entered what this one cannot read; that must not stop everyone's events.
      try {
        if ('shape' in entry) this.#candidates.addShape(entry.shape);
        else this.#candidates.addPattern(readPattern(entry.pattern));
      } catch (error) {
        this.#onFailure(error);
      }
    }
    this.#place = place;
    return reset || added.length > 0 || removed.length > 0;
  }
}
