import type { RegexPattern } from '../../protocol/pattern.ts';
import { sourceOf } from './compiled.ts';
import { LiteralTrie } from './literal-trie.ts';
import { MAX_EXPRESSIONS, RegexGroup } from './regex-group.ts';
import { folded, type RequiredLiterals, requiredLiterals } from './required-literals.ts';

/** Bounds what a channel costs in the trie. */
const LONGEST_KEY = 24;

/** Bytes that groups may take which were made ready for channels; the least recently used go. */
const READY_BYTES = 64 * 2 ** 20;

/** The expressions of one key, and those of its groups that are ready. */
interface Home {
  readonly patterns: RegexPattern[];
  /** By their places: a group has the patterns from its place times its size on. */
  ready: Map<number, RegexGroup> | undefined;
}

/**
 * Regular expressions, kept by a text that each must find in a channel. Most have one: `/user:\d+:login/` has `:login`, and
 * `/.*:oslo:(rain|snow)/` has `:oslo:`. So a channel runs only those whose texts it holds, and those without. An expression
 * is kept as the text it is, in some 400 bytes: it is compiled once a channel holds what it needs, and what is compiled is
 * kept within a bound.
 */
export class RegexIndex {
  readonly #byKey = new LiteralTrie<Home>();
  /** Groups that are ready, the one that was used last at the end, and where each stands. */
  readonly #ready = new Map<RegexGroup, { readonly home: Home; readonly place: number; bytes: number }>();
  readonly #onUnreadable: (error: unknown) => void;
  #readyBytes = 0;
  #size = 0;

  /** @param onUnreadable told why of an expression that RE2 does not take; it matches nothing */
  constructor(onUnreadable: (error: unknown) => void) {
    this.#onUnreadable = onUnreadable;
  }

  /** Bytes that the groups take which are ready, about. */
  get readyBytes(): number {
    return this.#readyBytes;
  }

  /** @param pattern not yet here */
  add(pattern: RegexPattern): void {
    const key = keyOf(requiredLiterals(pattern.source));
    const home = this.#byKey.get(key);
    if (home === undefined) {
      this.#byKey.set(key, { patterns: [pattern], ready: undefined });
    } else {
      this.#unready(home, home.patterns.length);
      home.patterns.push(pattern);
    }
    this.#size++;
  }

  /**
   * @param pattern one that is not here is let pass
   */
  remove({ text, source }: RegexPattern): void {
    const key = keyOf(requiredLiterals(source));
    const home = this.#byKey.get(key);
    const at = home?.patterns.findIndex((pattern) => pattern.text === text) ?? -1;
    if (home === undefined || at < 0) return;
    this.#unready(home, at);
    this.#unready(home, home.patterns.length - 1);
    // The last takes its place: all others stay where they are.
    const last = home.patterns.pop() as RegexPattern;
    if (at < home.patterns.length) home.patterns[at] = last;
    if (home.patterns.length === 0) this.#byKey.delete(key);
    this.#size--;
  }

  /**
   * @param channel the text of a channel
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: string, found: string[]): void {
    if (this.#size === 0) return;
    const withoutCase = folded(channel);
    for (const home of this.#byKey.heldBy(withoutCase)) {
      for (let place = 0; place * MAX_EXPRESSIONS < home.patterns.length; place++) {
        const group = this.#groupAt(home, place);
        group.collect(channel, withoutCase, found);
        this.#keep(group, home, place);
      }
    }
  }

  #groupAt({ patterns, ready }: Home, place: number): RegexGroup {
    const group = ready?.get(place);
    if (group !== undefined) return group;
    const from = place * MAX_EXPRESSIONS;
    const some = patterns.slice(from, from + MAX_EXPRESSIONS);
    return new RegexGroup(
      some.map((pattern) => ({ text: pattern.text, source: sourceOf(pattern) })),
      this.#onUnreadable,
    );
  }

  /** Notes that a group was used, and lets those go that were not for the longest time. */
  #keep(group: RegexGroup, home: Home, place: number): void {
    const entry = this.#ready.get(group) ?? { home, place, bytes: 0 };
    // Far from the bound it is all one who was used last.
    if (entry.bytes === group.bytes && this.#readyBytes < READY_BYTES / 2) return;
    this.#readyBytes += group.bytes - entry.bytes;
    entry.bytes = group.bytes;
    this.#ready.delete(group);
    this.#ready.set(group, entry);
    home.ready ??= new Map();
    home.ready.set(place, group);
    for (const [oldest, { home, place }] of this.#ready) {
      if (this.#readyBytes <= READY_BYTES || oldest === group) return;
      this.#forget(oldest, home, place);
    }
  }

  /** Forgets the group in which a pattern stands, for it changes. */
  #unready(home: Home, at: number): void {
    const place = Math.floor(at / MAX_EXPRESSIONS);
    const group = home.ready?.get(place);
    if (group !== undefined) this.#forget(group, home, place);
  }

  #forget(group: RegexGroup, home: Home, place: number): void {
    this.#readyBytes -= this.#ready.get(group)?.bytes ?? 0;
    this.#ready.delete(group);
    home.ready?.delete(place);
    if (home.ready?.size === 0) home.ready = undefined;
  }
}

/** The longest of the literals, as the rarest is likely to be; and of that the end, where names differ most. */
function keyOf({ texts }: RequiredLiterals): string {
  const longest = texts.reduce((one, other) => (other.length > one.length ? other : one), '');
  return longest.slice(-LONGEST_KEY);
}
