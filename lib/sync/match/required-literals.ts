/** Texts that a channel must hold for an expression to match it. */
export interface RequiredLiterals {
  /** Folded, as {@link folded} gives them; in the order in which a match has them, none overlapping another. */
  readonly texts: readonly string[];
  /** Whether a match begins with the first. */
  readonly fromStart: boolean;
  /** Whether a match ends with the last. */
  readonly toEnd: boolean;
}

const CASED = /[A-Z\u017F\u212A]/g;

/**
 * Takes the case from ASCII letters, and from the two characters beyond ASCII that differ from one only in case. What
 * else has a case keeps it.
 *
 * @returns a text of the same length
 */
export function folded(text: string): string {
  return text.replace(CASED, (character) => (character === '\u017F' ? 's' : character.toLowerCase()));
}

/**
 * One element of an expression that RE2 takes. Of an escape it may hold more digits than RE2 reads, which are literals then
 * that are not seen; never fewer, which would be literals that are none.
 */
const ELEMENT = new RegExp(
  [
    /[a-zA-Z0-9:_-]+(?![*+?{])/, // characters of which none is repeated
    /\\Q.*?(?:\\E|$)/, // quoted text
    /\\(?:[pP](?:\{[^}]*\}|.)|x(?:\{[^}]*\}|[\da-fA-F]*)|[0-7]+|.)/, // an escape
    /\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/, // a class, in which `]` may stand first
    /\(\?[a-zA-Z-]+\)/, // flags alone
    /\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?/, // a group opens
    /(?:[*+?]|\{\d+(?:,\d*)?\})\??/, // a repetition, greedy or not
    /./, // anything else is one character
  ]
    .map(({ source }) => source)
    .join('|'),
  'gsu',
);

const REPETITION = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??$/;
const WITHOUT_CASE = /\(\?[a-zA-Z-]*i/;
const PUNCTUATION = /^\\[!-/:-@[-`{-~]$/;
/** What reads no one character: any, a class, an escape, and a repetition of nothing. */
const OTHER = /^(?:\.|\\|\[.|[*+?]|\{\d)/s;
/** Of no width: what stands before and behind is side by side. */
const EMPTY = /^(?:[\^$]|\\[AbBz]|\(\?[a-zA-Z-]+\))$/;

/** Literals in their order; null where a match may have anything, or nothing. */
type Sequence = readonly (string | null)[];
const GAP: Sequence = [null];

/**
 * What a channel must hold, read off the text of an expression, which takes microseconds where compiling it takes a
 * millisecond. Of `/user:\d+:(login|logout)/` these are `user:` and `:log`. There may be more of them than are seen.
 *
 * @param source in RE2 syntax, that was checked
 */
export function requiredLiterals(source: string): RequiredLiterals {
  const reader = new Reader(source);
  const sequence = joined(reader.alternatives());
  const texts = sequence.filter((each) => each !== null);
  return { texts, fromStart: typeof sequence[0] === 'string', toEnd: typeof sequence.at(-1) === 'string' };
}

/**
 * @param channel folded
 * @returns whether it holds the literals, without which the expression cannot match; with them it may
 */
export function holds(channel: string, { texts, fromStart, toEnd }: RequiredLiterals): boolean {
  if (fromStart && !channel.startsWith(texts[0] as string)) return false;
  if (toEnd && !channel.endsWith(texts.at(-1) as string)) return false;
  let from = 0;
  for (const text of texts) {
    const at = channel.indexOf(text, from);
    if (at < 0) return false;
    from = at + text.length;
  }
  return true;
}

/** Reads an expression from left to right. */
class Reader {
  readonly #elements: readonly string[];
  readonly #isWithoutCase: boolean;
  #at = 0;

  constructor(source: string) {
    this.#elements = source.match(ELEMENT) ?? [];
    this.#isWithoutCase = WITHOUT_CASE.test(source);
  }

  /** Up to the end, or the end of the group that is being read. */
  alternatives(): Sequence {
    const all = [this.#concatenation()];
    while (this.#elements[this.#at] === '|') {
      this.#at++;
      all.push(this.#concatenation());
    }
    return all.length === 1 ? (all[0] as Sequence) : beginningOf(all.map(joined));
  }

  #concatenation(): Sequence {
    const sequence: (string | null)[] = [];
    for (let next = this.#elements[this.#at]; next !== undefined && next !== '|' && next !== ')'; ) {
      sequence.push(...this.#repeated(this.#atom(next)));
      next = this.#elements[this.#at];
    }
    return sequence;
  }

  #atom(element: string): Sequence {
    this.#at++;
    if (EMPTY.test(element)) return [];
    if (element.startsWith('(')) {
      const within = this.alternatives();
      // Behind it stands the bracket that closes.
      this.#at++;
      return within;
    }
    if (element.startsWith('\\Q')) return this.#quoted(element.slice(2).replace(/\\E$/, ''));
    if (PUNCTUATION.test(element)) return this.#literal(element.slice(1));
    return OTHER.test(element) ? GAP : this.#literal(element);
  }

  /** A text of which only the last character is repeated by what follows. */
  #quoted(text: string): Sequence {
    const characters = [...text].map((character) => this.#literal(character));
    const last = characters.pop() ?? [];
    return [...characters.flat(), ...this.#repeated(last)];
  }

  /** @param text one character, or some of ASCII */
  #literal(text: string): Sequence {
    // Which others a character beyond ASCII stands for, if case does not matter, is left to RE2.
    return this.#isWithoutCase && text > '\u007F' ? GAP : [folded(text)];
  }

  #repeated(atom: Sequence): Sequence {
    const repetition = REPETITION.exec(this.#elements[this.#at] ?? '');
    if (repetition === null) return atom;
    this.#at++;
    const least = repetition[1] === undefined ? Number(repetition[0].startsWith('+')) : Number(repetition[1]);
    // Once at the least, and behind that anything.
    return least === 0 ? GAP : [...atom, null];
  }
}

/** Literals that stand side by side, as one. */
function joined(sequence: Sequence): Sequence {
  const all: (string | null)[] = [];
  for (const each of sequence) {
    const last = all.at(-1);
    if (typeof last === 'string' && each !== null) all[all.length - 1] = last + each;
    else if (each !== null || last !== null) all.push(each);
  }
  return all;
}

/** What several alternatives begin with. */
function beginningOf([first = [], ...others]: readonly Sequence[]): Sequence {
  let beginning = first[0] ?? '';
  for (const [text] of others) {
    let length = 0;
    while (length < beginning.length && beginning[length] === text?.[length]) length++;
    beginning = beginning.slice(0, length);
  }
  return beginning === '' ? GAP : [beginning, null];
}
