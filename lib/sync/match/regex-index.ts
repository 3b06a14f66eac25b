import { RE2JS } from 're2js';
import type { RegexPattern } from '../../protocol/pattern.ts';
import { RegexGroup } from './regex-group.ts';

/** A `^` that can be left out, as every expression is anchored: it stands first and nothing repeats it. */
const NEEDLESS_ANCHOR = /^\^(?![*+?{])/;

/**
 * Regular expressions, kept by the literal text that each must begin with. Most have one (`/user:\d+:login/` begins with
 * `user:`), so a channel runs only those whose prefix it has, and those without, in {@link RegexGroup}s.
 */
export class RegexIndex {
  /** Groups by prefix, by its length: a channel looks up one key per length that occurs. */
  readonly #byLength = new Map<number, Map<string, RegexGroup[]>>();
  readonly #homes = new Map<string, { readonly prefix: string; readonly group: RegexGroup }>();

  /**
   * @param pattern added once, however often it is given
   */
  add(pattern: RegexPattern): void {
    if (this.#homes.has(pattern.text)) return;
    const source = pattern.source.replace(NEEDLESS_ANCHOR, '');
    const compiled = RE2JS.compile(source);
    const prefix = requiredPrefix(compiled);
    const size = compiled.programSize();
    const groups = this.#groupsFor(prefix);
    let group = groups.find((candidate) => candidate.hasRoomFor(size));
    if (group === undefined) {
      group = new RegexGroup();
      groups.push(group);
    }
    group.add({ text: pattern.text, source, compiled, size });
    this.#homes.set(pattern.text, { prefix, group });
  }

  /**
   * @param text of a pattern; one that is not here is let pass
   */
  remove(text: string): void {
    const home = this.#homes.get(text);
    if (home === undefined) return;
    this.#homes.delete(text);
    home.group.remove(text);
    if (home.group.isEmpty) this.#drop(home.prefix, home.group);
  }

  /**
   * @param channel the text of a channel
   * @param found the texts of the matching patterns are appended here, each once
   */
  collect(channel: string, found: string[]): void {
    for (const [length, byPrefix] of this.#byLength) {
      if (length > channel.length) continue;
      const groups = byPrefix.get(channel.slice(0, length));
      if (groups === undefined) continue;
      for (const group of groups) group.collect(channel, found);
    }
  }

  #groupsFor(prefix: string): RegexGroup[] {
    let byPrefix = this.#byLength.get(prefix.length);
    if (byPrefix === undefined) {
      byPrefix = new Map();
      this.#byLength.set(prefix.length, byPrefix);
    }
    let groups = byPrefix.get(prefix);
    if (groups === undefined) {
      groups = [];
      byPrefix.set(prefix, groups);
    }
    return groups;
  }

  #drop(prefix: string, group: RegexGroup): void {
    const byPrefix = this.#byLength.get(prefix.length);
    const groups = byPrefix?.get(prefix);
    if (byPrefix === undefined || groups === undefined) return;
    groups.splice(groups.indexOf(group), 1);
    if (groups.length === 0) byPrefix.delete(prefix);
    if (byPrefix.size === 0) this.#byLength.delete(prefix.length);
  }
}

/**
 * The text that every match begins with, as RE2 finds it: the characters that its program reads, one after another,
 * before the first choice. It is empty where case does not matter or where an anchor comes first.
 */
function requiredPrefix(compiled: RE2JS): string {
  const prefix: unknown = compiled.re2().prefix;
  return typeof prefix === 'string' ? prefix : '';
}
