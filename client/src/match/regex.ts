import { all, any, between, one, type Part, times } from './automaton.ts';
import {
  type CharacterSet,
  isWordCharacter,
  not,
  ofClass,
  PERL_CLASSES,
  POSIX_CLASSES,
  property,
  range,
} from './characters.ts';

const INFINITE = Number.POSITIVE_INFINITY;
const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

const isWordBoundary = (before: string | undefined, behind: string | undefined): boolean =>
  (before !== undefined && isWordCharacter(before)) !== (behind !== undefined && isWordCharacter(behind));

const CONDITIONS: Readonly<Record<string, Parameters<typeof between>[0]>> = {
  A: (before) => before === undefined,
  z: (_, behind) => behind === undefined,
  b: isWordBoundary,
  B: (before, behind) => !isWordBoundary(before, behind),
};

/**
 * Reads an expression in RE2 syntax, which is close to JavaScript's but not the same: flags stand alone, `\Q…\E`
 * quotes, `\z`, POSIX classes, `\d` is ASCII. Greedy or not is all the same where only a whole match counts.
 */
class RegexReader {
  readonly #text: readonly string[];
  #at = 0;
  #folded = false;

  constructor(source: string) {
    this.#text = [...source];
  }

  whole(): Part {
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw this.#unreadable();
    return node;
  }

  #unreadable(): SyntaxError {
    return new SyntaxError(`The regular expression cannot be read at character ${this.#at}`);
  }

  #next(): string {
    const character = this.#text[this.#at];
    if (character === undefined) throw this.#unreadable();
    this.#at++;
    return character;
  }

  /** Goes past a text if it stands here. */
  #skip(text: string): boolean {
    if (!this.#stands(text)) return false;
    this.#at += text.length;
    return true;
  }

  #stands(text: string): boolean {
    return this.#text.slice(this.#at, this.#at + text.length).join('') === text;
  }

  #until(text: string): string {
    const start = this.#at;
    while (!this.#stands(text)) this.#next();
    const found = this.#text.slice(start, this.#at).join('');
    this.#skip(text);
    return found;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#skip('|')) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as Part) : any(parts);
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#text.length && !this.#stands('|') && !this.#stands(')')) {
      if (this.#skip('\\Q')) {
        // A repetition behind it repeats its last character alone.
        const quoted = [...this.#quoted()].map((character) => this.#literal(character));
        const last = quoted.pop();
        parts.push(...quoted);
        if (last !== undefined) parts.push(this.#repeated(last));
      } else if (!this.#flags()) {
        parts.push(this.#repeated(this.#atom()));
      }
    }
    return all(parts);
  }

  #quoted(): string {
    const end = this.#text.join('').indexOf('\\E', this.#text.slice(0, this.#at).join('').length);
    if (end >= 0) return this.#until('\\E');
    const rest = this.#text.slice(this.#at).join('');
    this.#at = this.#text.length;
    return rest;
  }

  /** Takes flags that stand alone, `(?i)`, and hold to the end of their group. */
  #flags(): boolean {
    const found = /^\(\?([imsU]*(?:-[imsU]+)?)\)/.exec(this.#text.slice(this.#at, this.#at + 16).join(''));
    if (found === null) return false;
    this.#at += found[0].length;
    this.#setFlags(found[1] as string);
    return true;
  }

  #setFlags(flags: string): void {
    const [on = '', off = ''] = flags.split('-');
    if (on.includes('i')) this.#folded = true;
    if (off.includes('i')) this.#folded = false;
  }

  #repeated(atom: Part): Part {
    let node = atom;
    for (;;) {
      if (this.#skip('*')) node = times(node, 0, INFINITE);
      else if (this.#skip('+')) node = times(node, 1, INFINITE);
      else if (this.#skip('?')) node = times(node, 0, 1);
      else {
        const counted = /^\{(\d+)(,?)(\d*)\}/.exec(this.#text.slice(this.#at, this.#at + 16).join(''));
        if (counted === null) return node;
        this.#at += counted[0].length;
        const [, least, open, most] = counted;
        const bound = open === '' ? Number(least) : most === '' ? INFINITE : Number(most);
        node = times(node, Number(least), bound);
      }
      // Reluctant or not decides what is captured, not whether it matches.
      this.#skip('?');
    }
  }

  #literal(character: string): Part {
    return one(this.#single(character.codePointAt(0) as number));
  }

  #single(codePoint: number): CharacterSet {
    return range(codePoint, codePoint, this.#folded);
  }

  #atom(): Part {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return one(this.#class());
    if (character === '.') return one(() => true);
    if (character === '^') return between(CONDITIONS['A'] as never);
    if (character === '$') return between(CONDITIONS['z'] as never);
    if (character !== '\\') return this.#literal(character);
    const holds = CONDITIONS[this.#text[this.#at] ?? ''];
    if (holds === undefined) return one(this.#escape());
    this.#at++;
    return between(holds);
  }

  #group(): Part {
    const folded = this.#folded;
    if (this.#skip('?')) {
      if (this.#skip('P<') || this.#skip('<')) this.#until('>');
      else this.#setFlags(this.#until(':'));
    }
    const node = this.#alternatives();
    if (!this.#skip(')')) throw this.#unreadable();
    this.#folded = folded;
    return node;
  }

  /** What stands behind a backslash and means characters. */
  #escape(): CharacterSet {
    const letter = this.#next();
    const perl = PERL_CLASSES[letter.toLowerCase()];
    if (perl !== undefined) return letter === letter.toLowerCase() ? perl : not(perl);
    if (letter === 'p' || letter === 'P') {
      const name = this.#skip('{') ? this.#until('}') : this.#next();
      const set = property(name.replace(/^\^/, ''), this.#folded);
      return (letter === 'P') === name.startsWith('^') ? set : not(set);
    }
    this.#at--;
    return this.#single(this.#codePoint());
  }

  /** One escaped character; the backslash is behind us. */
  #codePoint(): number {
    const letter = this.#next();
    if (letter === 'x') {
      return Number.parseInt(this.#skip('{') ? this.#until('}') : this.#next() + this.#next(), 16);
    }
    if (/[0-7]/.test(letter)) {
      let octal = letter;
      while (octal.length < 3 && /[0-7]/.test(this.#text[this.#at] ?? '')) octal += this.#next();
      return Number.parseInt(octal, 8);
    }
    return CONTROL[letter] ?? (letter.codePointAt(0) as number);
  }

  #class(): CharacterSet {
    const negated = this.#skip('^');
    const sets: CharacterSet[] = [];
    // A bracket that stands first is one of the class.
    do sets.push(this.#member());
    while (!this.#skip(']'));
    const has: CharacterSet = (character) => sets.some((set) => set(character));
    return negated ? not(has) : has;
  }

  #member(): CharacterSet {
    if (this.#skip('[:')) {
      const name = this.#until(':]');
      const bare = name.replace(/^\^/, '');
      const named = Object.hasOwn(POSIX_CLASSES, bare) ? POSIX_CLASSES[bare] : undefined;
      if (named === undefined) throw this.#unreadable();
      const set = ofClass(named, this.#folded);
      return name.startsWith('^') ? not(set) : set;
    }
    if (this.#stands('\\') && /[dDwWsSpP]/.test(this.#text[this.#at + 1] ?? '')) {
      this.#at++;
      return this.#escape();
    }
    const first = this.#bound();
    if (!this.#stands('-') || this.#text[this.#at + 1] === ']') return this.#single(first);
    this.#at++;
    return range(first, this.#bound(), this.#folded);
  }

  #bound(): number {
    return this.#skip('\\') ? this.#codePoint() : (this.#next().codePointAt(0) as number);
  }
}

/**
 * @param source the expression between the slashes, which the service took.
 * @returns what {@link compile} takes; clause M-5 of the protocol.
 * @throws SyntaxError for one that cannot be read.
 */
export const parseRegex = (source: string): Part => new RegexReader(source).whole();
