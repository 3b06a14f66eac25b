import type { Channel } from '../../protocol/channel.ts';
import type { Part, WildcardPattern } from '../../protocol/pattern.ts';
import type { Separator } from '../../protocol/segments.ts';
import { matchesGlob } from './glob.ts';

/** What the trie needs of a pattern. */
export type TriePattern = Pick<WildcardPattern, 'text' | 'parts' | 'separators'>;

/**
 * Wildcard patterns as a trie over their parts, which is run as a nondeterministic automaton: all patterns advance
 * together through a channel, segment by segment, and no state is entered twice for one segment. So a channel costs at
 * most its segments times the nodes it reaches, however its wildcards stand; there is no backtracking. After
 * K. Thompson, "Regular Expression Search Algorithm", CACM 1968.
 */
export class SegmentTrie {
  readonly #root = new Node(false);
  /** Numbers the segments read so far; nodes are marked with it instead of being kept in sets. */
  #reading = 0;

  /**
   * @param pattern added once, however often it is given
   */
  add(pattern: TriePattern): void {
    let node = this.#root;
    for (const [i, part] of pattern.parts.entries()) {
      node = node.edges(separatorBefore(pattern, i)).childOrNew(part);
    }
    node.pattern = pattern.text;
  }

  /**
   * @param pattern removed, with the nodes that only it needed; one that is not here is let pass
   */
  remove(pattern: TriePattern): void {
    removeBelow(this.#root, pattern, 0);
  }

  /**
   * @param channel any channel
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: Channel, found: string[]): void {
    if (this.#root.isEmpty) return;
    const { segments } = channel;
    let states = [this.#root];
    for (let i = 0; i < segments.length; i++) {
      this.#reading++;
      const next: Node[] = [];
      for (const state of states) this.#advance(state, separatorBefore(channel, i), segments[i] as string, next);
      if (next.length === 0) return;
      states = next;
    }
    for (const { pattern } of states) if (pattern !== undefined) found.push(pattern);
  }

  /** Adds to `next` the states that `state` comes to by reading a separator and the segment behind it. */
  #advance(state: Node, separator: Separator, segment: string, next: Node[]): void {
    if (state.advanced === this.#reading) return;
    state.advanced = this.#reading;
    if (state.isMany) next.push(state);
    const edges = state.existingEdges(separator);
    if (edges === undefined) return;
    const literal = edges.literals.get(segment);
    if (literal !== undefined) next.push(literal);
    if (edges.one !== undefined) next.push(edges.one);
    if (edges.globs.size > 0) {
      for (const [glob, child] of edges.globs) if (matchesGlob(glob, segment)) next.push(child);
    }
    const { many } = edges;
    if (many === undefined) return;
    // A `**` that is not first may swallow nothing. We then read on from behind it with the separator before it, so
    // that only edges with that same separator are taken.
    if (state === this.#root) next.push(many);
    else this.#advance(many, separator, segment, next);
  }
}

/** A place in the patterns: behind one of their parts. */
class Node {
  /** Whether that part is `**`, which goes on swallowing segments. */
  readonly isMany: boolean;
  /** The pattern that ends here. */
  pattern: string | undefined = undefined;
  /** The last reading at which its successors were entered: they have no other way in, so each is entered once. */
  advanced = 0;
  #colon: Edges | undefined = undefined;
  #dot: Edges | undefined = undefined;

  constructor(isMany: boolean) {
    this.isMany = isMany;
  }

  get isEmpty(): boolean {
    return this.pattern === undefined && this.#colon === undefined && this.#dot === undefined;
  }

  existingEdges(separator: Separator): Edges | undefined {
    return separator === ':' ? this.#colon : this.#dot;
  }

  edges(separator: Separator): Edges {
    if (separator === ':') {
      this.#colon ??= new Edges();
      return this.#colon;
    }
    this.#dot ??= new Edges();
    return this.#dot;
  }

  dropEmptyEdges(): void {
    if (this.#colon?.isEmpty) this.#colon = undefined;
    if (this.#dot?.isEmpty) this.#dot = undefined;
  }
}

/** The parts that may follow a separator, by their kind. */
class Edges {
  readonly literals = new Map<string, Node>();
  readonly globs = new Map<string, Node>();
  one: Node | undefined = undefined;
  many: Node | undefined = undefined;

  get isEmpty(): boolean {
    return this.literals.size === 0 && this.globs.size === 0 && this.one === undefined && this.many === undefined;
  }

  child({ kind, text }: Part): Node | undefined {
    if (kind === 'literal') return this.literals.get(text);
    if (kind === 'glob') return this.globs.get(text);
    return this[kind];
  }

  setChild({ kind, text }: Part, child: Node): void {
    if (kind === 'literal') this.literals.set(text, child);
    else if (kind === 'glob') this.globs.set(text, child);
    else this[kind] = child;
  }

  dropChild({ kind, text }: Part): void {
    if (kind === 'literal') this.literals.delete(text);
    else if (kind === 'glob') this.globs.delete(text);
    else this[kind] = undefined;
  }

  childOrNew(part: Part): Node {
    const existing = this.child(part);
    if (existing !== undefined) return existing;
    const child = new Node(part.kind === 'many');
    this.setChild(part, child);
    return child;
  }
}

/** What precedes segment or part `i`. The first is kept as if a `:` stood before it. */
function separatorBefore(text: { readonly separators: readonly Separator[] }, i: number): Separator {
  return text.separators[i - 1] ?? ':';
}

function removeBelow(node: Node, pattern: TriePattern, depth: number): void {
  const part = pattern.parts[depth];
  if (part === undefined) {
    node.pattern = undefined;
    return;
  }
  const edges = node.existingEdges(separatorBefore(pattern, depth));
  const child = edges?.child(part);
  if (edges === undefined || child === undefined) return;
  removeBelow(child, pattern, depth + 1);
  if (!child.isEmpty) return;
  edges.dropChild(part);
  node.dropEmptyEdges();
}
