import type { Channel } from '../../protocol/channel.ts';
import type { Pattern } from '../../protocol/pattern.ts';
import { isReserved, namesFirstSegment } from '../../protocol/reserved.ts';
import { MatchCache } from './match-cache.ts';
import { PatternIndex } from './pattern-index.ts';
import { compileShape, startsOf } from './shape.ts';
import { Shapes } from './shapes.ts';

/**
 * The texts under which a listener of a channel may stand: its own name, for each shape the one pattern that could match
 * it, and the patterns that have no shape and do match.
 *
 * What it holds is the shapes and the patterns without one, however many patterns have a shape.
 */
export class Candidates {
  readonly #shapes = new Shapes(compileShape);
  readonly #index: PatternIndex;
  readonly #cache: MatchCache<readonly string[]>;

  /**
   * @param cacheSize - channels whose texts are remembered.
   * @param onUnreadable - told why of a regular expression that RE2 does not take; it matches nothing. Else that is thrown.
   */
  constructor(cacheSize: number, onUnreadable?: (error: unknown) => void) {
    this.#index = new PatternIndex(onUnreadable);
    this.#cache = new MatchCache(cacheSize);
  }

  /** @throws RangeError where `text` is not a shape. */
  addShape(text: string): void {
    if (this.#shapes.get(text) !== undefined) return;
    this.#shapes.add(text);
    this.#cache.clear();
  }

  removeShape(text: string): void {
    if (this.#shapes.remove(text)) this.#cache.clear();
  }

  /** Adds a pattern that is not found by shape. */
  addPattern(pattern: Pattern): void {
    this.#index.add(pattern);
    this.#cache.clear();
  }

  removePattern(text: string): void {
    if (this.#index.remove(text)) this.#cache.clear();
  }

  /** @returns the texts, each once. */
  of(channel: Channel): readonly string[] {
    return this.#cache.get(channel.text, () => this.#search(channel));
  }

  #search(channel: Channel): readonly string[] {
    const texts = [channel.text];
    const starts = startsOf(channel);
    const isOwn = isReserved(channel.text);
    for (const shape of this.#shapes.ofCount(channel.segments.length)) {
      const text = shape.candidate(channel, starts);
      if (text !== undefined && (!isOwn || namesFirstSegment(text))) texts.push(text);
    }
    if (this.#index.size === 0) return texts;
    texts.push(...this.#index.match(channel));
    // A pattern that was entered by itself may have a shape that became known since.
    return [...new Set(texts)];
  }
}
