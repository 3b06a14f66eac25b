import { all, any, between, one, type Part, times } from './automaton.ts';
import { type CharacterSet, PERL_CLASSES, posixClass, property, range, unless } from './characters.ts';

type Condition = Parameters<typeof between>[0];

const isStart: Condition = (before) => before === undefined;
const isEnd: Condition = (_, behind) => behind === undefined;
const isWord = (character: string | undefined): boolean => PERL_CLASSES['w']?.(character ?? '') === true;
const isBoundary: Condition = (before, behind) => isWord(before) !== isWord(behind);

const CONDITIONS: Readonly<Record<string, Condition>> = {
  '^': isStart,
  '\\A': isStart,
  $: isEnd,
  '\\z': isEnd,
  '\\b': isBoundary,
  '\\B': (before, behind) => !isBoundary(before, behind),
};

/** What letters mean behind a backslash, from the code point of the first on. */
const CONTROLS = 'abtnvfr';
const FIRST_CONTROL = 7;

/**
 * Reads an expression in RE2 syntax, which is close to JavaScript's but not the same: flags stand alone, `\z`, POSIX
 * classes, `\d` is ASCII. Greedy or not is all the same where only a whole match counts.
 */
class RegexReader {
  readonly #text: string;
  #at = 0;
  #folded = false;

  constructor(source: string) {
    this.#text = source;
  }

  whole(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#text.length) this.#fail();
    return part;
  }

  #fail(): never {
    throw new SyntaxError(`Unreadable at character ${this.#at}`);
  }

  /** Goes past what stands here, where it has this form. @param form - sticky. @returns it, and what its groups caught. */
  #skip(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#skip(/\|/y)) parts.push(this.#sequence());
    return any(parts);
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (!this.#skip(/(?=[|)]|$)/y)) {
      // Flags that stand alone hold to the end of their group.
      const flags = this.#skip(/\(\?([imsU]*)(-[imsU]+)?\)/y);
      if (flags === null) parts.push(this.#repeated(this.#atom()));
      else this.#setFlags(flags);
    }
    return all(parts);
  }

  #setFlags([, on = '', off = '']: RegExpExecArray): void {
    this.#folded = (this.#folded || on.includes('i')) && !off.includes('i');
  }

  #repeated(atom: Part): Part {
    // Reluctant or not decides what is captured, not whether it matches.
    const found = this.#skip(/(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y);
    if (found === null) return atom;
    const [, sign, count = sign === '+' ? 1 : 0, comma, most] = found;
    const bound = sign === '?' ? 1 : (sign ?? comma) === undefined ? count : most || Number.POSITIVE_INFINITY;
    return this.#repeated(times(atom, Number(count), Number(bound)));
  }

  #atom(): Part {
    const group = this.#skip(/\((?:\?(?:P?<\w+>|([imsU]*)(-[imsU]+)?:))?/y);
    if (group !== null) return this.#group(group);
    const [condition] = this.#skip(/[$^]|\\[AzbB]/y) ?? [];
    if (condition !== undefined) return between(CONDITIONS[condition] as Condition);
    if (this.#skip(/\./y)) return one(() => true);
    return one(this.#skip(/\[/y) ? this.#class() : (this.#named() ?? this.#range(/(?!)/y)));
  }

  #group(flags: RegExpExecArray): Part {
    const folded = this.#folded;
    this.#setFlags(flags);
    const part = this.#alternatives();
    if (!this.#skip(/\)/y)) this.#fail();
    this.#folded = folded;
    return part;
  }

  #class(): CharacterSet {
    const isNegated = this.#skip(/\^/y) !== null;
    const sets: CharacterSet[] = [];
    // A bracket that stands first is one of the class.
    do sets.push(this.#posix() ?? this.#named() ?? this.#range(/-(?!\])/y));
    while (!this.#skip(/\]/y));
    return unless(isNegated, (character) => sets.some((has) => has(character)));
  }

  #posix(): CharacterSet | undefined {
    const [found, caret, name = ''] = this.#skip(/\[:(\^?)(\w+):\]/y) ?? [];
    return found === undefined ? undefined : unless(caret !== '', posixClass(name, this.#folded));
  }

  /** A class that has a name behind a backslash; a capital means all others. */
  #named(): CharacterSet | undefined {
    const found = this.#skip(/\\(?:([dws])|p(?:\{(\^?)(\w+)\}|(\w)))/iy);
    if (found === null) return undefined;
    const [text, letter = '', caret, braced, name = braced] = found;
    const set = PERL_CLASSES[letter.toLowerCase()] ?? property(name as string, this.#folded);
    return unless(/^.[DWSP]/.test(text) !== (caret === '^'), set);
  }

  /** A character, or those from one to another. @param to - what stands between the two. */
  #range(to: RegExp): CharacterSet {
    const first = this.#codePoint();
    return range(first, this.#skip(to) ? this.#codePoint() : first, this.#folded);
  }

  #codePoint(): number {
    const found = this.#skip(/\\x\{(\w+)\}|\\x(\w\w)|\\([0-7]{1,3})|\\?(.)/suy);
    if (found === null) this.#fail();
    const [text, braced, hex = braced, octal, character = ''] = found;
    if (hex !== undefined) return Number.parseInt(hex, 16);
    if (octal !== undefined) return Number.parseInt(octal, 8);
    const control = text === character ? -1 : CONTROLS.indexOf(character);
    return control < 0 ? (character.codePointAt(0) as number) : control + FIRST_CONTROL;
  }
}

/**
 * @param source an expression that the service took, without quotes.
 * @returns what {@link compile} takes; clause M-5 of the protocol.
 * @throws SyntaxError for one that cannot be read.
 */
export const parseRegex = (source: string): Part => new RegexReader(source).whole();
