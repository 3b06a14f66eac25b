import { type Channel, parseChannel } from '../../protocol/channel.ts';
import { digestOf } from '../../protocol/digest.ts';
import { type RegexPattern, readPattern } from '../../protocol/pattern.ts';
import { MOST_COMPILED, tooManyToCompile } from '../expressions.ts';
import { compilationsSoFar, compiledOf, sourceOf } from '../match/compiled.ts';
import { PatternIndex } from '../match/pattern-index.ts';

/** What a connection hears: the channels and patterns it is subscribed to. */
export class Hearing {
  /** Channels it names. */
  readonly channels = new Set<string>();
  readonly #patterns = new PatternIndex();
  /** Those that no channel had to be matched against yet: compiling one takes about a millisecond. */
  #expressions: RegexPattern[] = [];
  readonly #prefixes = new Set<string>();
  readonly #texts: readonly string[];

  /** @param texts - channels and patterns, as subscribed: each was parsed before. */
  constructor(texts: readonly string[]) {
    this.#texts = texts;
    for (const text of texts) {
      const pattern = readPattern(text);
      if (pattern.kind === 'exact') {
        this.channels.add(text);
        continue;
      }
      if (pattern.kind === 'regex') this.#expressions.push(pattern);
      else this.#patterns.add(pattern);
      this.#prefixes.add(pattern.kind === 'wildcard' ? text.slice(0, text.search(/[*?]/)) : '');
    }
  }

  /** How many channels and patterns it hears by, and which, in one number. */
  get held(): { readonly subscriptions: number; readonly digest: number } {
    return { subscriptions: this.#texts.length, digest: digestOf(this.#texts) };
  }

  get hasPatterns(): boolean {
    return this.#patterns.size + this.#expressions.length > 0;
  }

  /** What a channel heard under a pattern begins with: one of these. */
  get prefixes(): readonly string[] {
    return [...this.#prefixes];
  }

  /**
   * Whether it hears a channel.
   *
   * @throws ProtocolError OVERLOADED where more expressions have to be compiled for it than for one frame.
   */
  hears(text: string): boolean {
    if (this.channels.has(text)) return true;
    if (!this.hasPatterns) return false;
    const channel: Channel = parseChannel(text);
    if (this.#patterns.match(channel).length > 0) return true;
    if (this.#expressions.length === 0) return false;
    this.#compile();
    return this.#patterns.match(channel).length > 0;
  }

  /**
   * Which channels and patterns a channel fits, each once.
   *
   * @throws ProtocolError OVERLOADED where more expressions have to be compiled for it than for one frame.
   */
  matching(text: string): readonly string[] {
    this.#compile();
    const patterns = this.hasPatterns ? this.#patterns.match(parseChannel(text)) : [];
    return this.channels.has(text) ? [text, ...patterns] : patterns;
  }

  #compile(): void {
    const most = compilationsSoFar() + MOST_COMPILED;
    for (const pattern of this.#expressions) {
      if (compilationsSoFar() === most) throw tooManyToCompile();
      compiledOf(sourceOf(pattern));
      this.#patterns.add(pattern);
    }
    this.#expressions = [];
  }
}
