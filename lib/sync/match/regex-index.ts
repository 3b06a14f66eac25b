import type { RegexPattern } from '../../protocol/pattern.ts';
import { compiledOf } from './compiled.ts';
import { LiteralTrie } from './literal-trie.ts';
import { RegexGroup } from './regex-group.ts';
import { folded, type RequiredLiterals } from './required-literals.ts';

/** A `^` that can be left out, as every expression is anchored: it stands first and nothing repeats it. */
const NEEDLESS_ANCHOR = /^\^(?![*+?{])/;

/** Bounds what a channel costs in the trie. */
const LONGEST_KEY = 24;

/**
 * Regular expressions, kept by a text that each must find in a channel. Most have one: `/user:\d+:login/` has `:login`, and
 * `/.*:oslo:(rain|snow)/` has `:oslo:`. So a channel runs only those whose texts it holds, and those without.
 */
export class RegexIndex {
  readonly #byKey = new LiteralTrie<RegexGroup[]>();
  readonly #homes = new Map<string, { readonly key: string; readonly group: RegexGroup }>();

  /**
   * @param pattern added once, however often it is given
   */
  add(pattern: RegexPattern): void {
    if (this.#homes.has(pattern.text)) return;
    const source = pattern.source.replace(NEEDLESS_ANCHOR, '');
    const { program: compiled, literals } = compiledOf(source);
    const key = keyOf(literals);
    const size = compiled.programSize();
    let groups = this.#byKey.get(key);
    if (groups === undefined) {
      groups = [];
      this.#byKey.set(key, groups);
    }
    let group = groups.find((candidate) => candidate.hasRoomFor(size));
    if (group === undefined) {
      group = new RegexGroup();
      groups.push(group);
    }
    group.add({ text: pattern.text, source, compiled, literals, size });
    this.#homes.set(pattern.text, { key, group });
  }

  /**
   * @param text of a pattern; one that is not here is let pass
   */
  remove(text: string): void {
    const home = this.#homes.get(text);
    if (home === undefined) return;
    this.#homes.delete(text);
    home.group.remove(text);
    if (home.group.isEmpty) this.#drop(home.key, home.group);
  }

  /**
   * @param channel the text of a channel
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: string, found: string[]): void {
    if (this.#homes.size === 0) return;
    const withoutCase = folded(channel);
    for (const groups of this.#byKey.heldBy(withoutCase)) {
      for (const group of groups) group.collect(channel, withoutCase, found);
    }
  }

  #drop(key: string, group: RegexGroup): void {
    const groups = this.#byKey.get(key) ?? [];
    groups.splice(groups.indexOf(group), 1);
    if (groups.length === 0) this.#byKey.delete(key);
  }
}

/** The longest of the literals, as the rarest is likely to be; and of that the end, where names differ most. */
function keyOf({ texts }: RequiredLiterals): string {
  const longest = texts.reduce((one, other) => (other.length > one.length ? other : one), '');
  return longest.slice(-LONGEST_KEY);
}
