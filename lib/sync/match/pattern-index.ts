import type { Channel } from '../../protocol/channel.ts';
import type { ExactPattern, Pattern, WildcardPattern } from '../../protocol/pattern.ts';
import { isReserved, namesFirstSegment } from '../../protocol/reserved.ts';
import { RegexIndex } from './regex-index.ts';
import { SegmentTrie, type TriePattern } from './segment-trie.ts';
import { TupleSpace } from './tuple-space.ts';

interface Held {
  readonly pattern: Pattern;
  readonly where: 'tuples' | 'elsewhere';
}

/**
 * Patterns in memory, compiled so that a channel finds those that match it without trying each. It is meant for
 * patterns that have no shape to be looked up by, and takes any. Adding and removing rebuild nothing else.
 */
export class PatternIndex {
  readonly #patterns = new Map<string, Held>();
  readonly #tuples = new TupleSpace();
  readonly #trie = new SegmentTrie();
  readonly #regexes: RegexIndex;

  /** @param onUnreadable told why of a regular expression that RE2 does not take; it matches nothing. Else that is thrown */
  constructor(onUnreadable: (error: unknown) => void = rethrow) {
    this.#regexes = new RegexIndex(onUnreadable);
  }

  /** How many patterns it holds. */
  get size(): number {
    return this.#patterns.size;
  }

  /**
   * @param pattern held once, however often it is added
   */
  add(pattern: Pattern): void {
    if (this.#patterns.has(pattern.text)) return;
    this.#patterns.set(pattern.text, { pattern, where: this.#put(pattern) });
  }

  #put(pattern: Pattern): Held['where'] {
    if (pattern.kind === 'wildcard' && this.#tuples.add(pattern)) return 'tuples';
    if (pattern.kind === 'regex') this.#regexes.add(pattern);
    else this.#trie.add(asParts(pattern));
    return 'elsewhere';
  }

  /**
   * @param text of a pattern
   * @returns whether it was held
   */
  remove(text: string): boolean {
    const held = this.#patterns.get(text);
    if (held === undefined) return false;
    const { pattern, where } = held;
    if (where === 'tuples') this.#tuples.remove(pattern as WildcardPattern);
    else if (pattern.kind === 'regex') this.#regexes.remove(pattern);
    else this.#trie.remove(asParts(pattern));
    return this.#patterns.delete(text);
  }

  /**
   * @param channel any channel
   * @returns the texts of the patterns that match it, each once, in no particular order
   */
  match(channel: Channel): string[] {
    const found: string[] = [];
    this.#tuples.collect(channel, found);
    this.#trie.collect(channel, found);
    if (isReserved(channel.text)) return found.filter(namesFirstSegment);
    this.#regexes.collect(channel.text, found);
    return found;
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function asParts(pattern: Exclude<Pattern, { kind: 'regex' }>): TriePattern {
  return pattern.kind === 'exact' ? literalParts(pattern) : pattern;
}

function literalParts({ text, channel }: ExactPattern): TriePattern {
  const parts = channel.segments.map((segment) => ({ kind: 'literal', text: segment }) as const);
  return { text, parts, separators: channel.separators };
}
