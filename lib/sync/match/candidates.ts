import type { Channel } from '../../protocol/channel.ts';
import type { Pattern } from '../../protocol/pattern.ts';
import { MatchCache } from './match-cache.ts';
import { PatternIndex } from './pattern-index.ts';
import { type CompiledShape, compileShape, startsOf } from './shape.ts';

/**
 * The texts under which a listener of a channel may stand: its own name, for each shape the one pattern that could match
 * it, and the patterns that have no shape and do match.
 *
 * What it holds is the shapes and the patterns without one, however many patterns have a shape.
 */
export class Candidates {
  readonly #shapes = new Map<string, CompiledShape>();
  /** Those that channels of so many segments can have patterns of, by that number. */
  readonly #byCount = new Map<number, readonly CompiledShape[]>();
  readonly #index = new PatternIndex();
  readonly #cache: MatchCache<readonly string[]>;

  /** @param cacheSize - channels whose texts are remembered. */
  constructor(cacheSize: number) {
    this.#cache = new MatchCache(cacheSize);
  }

  /** @throws RangeError where `text` is not a shape. */
  addShape(text: string): void {
    if (this.#shapes.has(text)) return;
    this.#shapes.set(text, compileShape(text));
    this.#byCount.clear();
    this.#cache.clear();
  }

  removeShape(text: string): void {
    if (!this.#shapes.delete(text)) return;
    this.#byCount.clear();
    this.#cache.clear();
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
    for (const shape of this.#shapesOf(channel.segments.length)) {
      const text = shape.candidate(channel, starts);
      if (text !== undefined) texts.push(text);
    }
    if (this.#index.size > 0) texts.push(...this.#index.match(channel));
    return texts;
  }

  #shapesOf(count: number): readonly CompiledShape[] {
    let shapes = this.#byCount.get(count);
    if (shapes === undefined) {
      shapes = [...this.#shapes.values()].filter(({ segments: { least, most } }) => least <= count && count <= most);
      this.#byCount.set(count, shapes);
    }
    return shapes;
  }
}
