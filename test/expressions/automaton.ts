import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

/** An expression as a backtracking matcher goes through it: a state for each place in it that takes a character. */
export interface Automaton {
  /** By state: the characters it takes, a bit for each kind of character that the expression tells apart. */
  readonly takes: readonly bigint[];
  /** By state: which states may follow, and in how many ways (1, or 2 for more). */
  readonly next: readonly ReadonlyMap<number, number>[];
  /** By state: whether the expression has matched once the state took its character, whatever comes behind. */
  readonly sure: readonly boolean[];
}

/** Why nothing is known of an expression. */
export class UnprovableError extends Error {}

/** How many states an automaton may have; counted repetitions are written out. */
const MAX_STATES = 3_000;

/** The state that goes through the text to where a match may begin; behind {@link START}. */
const SEARCH = 1;
const START = 0;

/** Stands before the text, and is what `^` takes. */
const TEXT_BEGINS = 0;

/** Ways are counted up to two: more is no worse. */
const ways = (count: number): number => Math.min(count, 2);

type Ways = ReadonlyMap<number, number>;

/** A part of an expression, after Glushkov (The abstract theory of automata, 1961), with the ways counted. */
interface Part {
  readonly first: Ways;
  readonly last: Ways;
  /** Those of `last` behind which the part asks for nothing more. */
  readonly sure: ReadonlySet<number>;
  /** In how many ways it may match nothing. */
  readonly empty: number;
  /** Whether it may match nothing wherever it stands. */
  readonly isEmptyAnywhere: boolean;
}

const NOTHING: Part = { first: new Map(), last: new Map(), sure: new Set(), empty: 1, isEmptyAnywhere: true };
const CONDITION: Part = { ...NOTHING, isEmptyAnywhere: false };
const NEVER: Part = { ...CONDITION, empty: 0 };

const times = (some: Ways, factor: number): Ways =>
  factor === 0 ? new Map() : new Map([...some].map(([state, count]) => [state, ways(count * factor)]));

const sum = (some: Ways, more: Ways): Ways => {
  const all = new Map(some);
  for (const [state, count] of more) all.set(state, ways((all.get(state) ?? 0) + count));
  return all;
};

/** Characters that stand for all: the first of Unicode, some of each peculiar kind, and whatever the expression names. */
const PECULIAR = '\u017f\u0130\u0131\u0391\u03c2\u0416\u05d0\u0660\u1e9e\u2028\u2029\u200b\u212a\u3000\u4e2d\ufeff😀';

/** Whether a part matches texts of any length. */
const isUnbounded = (part: AST.Node): boolean => {
  let most = 0;
  visitRegExpAST(part, {
    onQuantifierEnter: ({ max }) => {
      most = Math.max(most, max);
    },
  });
  return most === Number.POSITIVE_INFINITY;
};

class Builder {
  readonly characters: string[];
  readonly flags: string;
  readonly isMultiline: boolean;
  readonly classes: (string | undefined)[] = [undefined, undefined];
  readonly next: Map<number, number>[] = [new Map(), new Map()];

  constructor(source: string, flags: string) {
    const named = [...source].flatMap((character) => {
      const code = character.codePointAt(0) ?? 0;
      return [code - 1, code, code + 1].filter((near) => near >= 0 && near <= 0x10ffff);
    });
    const codes = [...Array(0x250).keys(), ...named, 0xd800, 0xdfff];
    this.characters = [...new Set([...codes.map((code) => String.fromCodePoint(code)), ...PECULIAR])];
    this.flags = flags.replace(/[gym]/g, '');
    this.isMultiline = flags.includes('m');
  }

  connect(from: Ways, to: Ways): void {
    for (const [state, count] of from) {
      const following = this.next[state] as Map<number, number>;
      for (const [other, more] of to) following.set(other, ways((following.get(other) ?? 0) + count * more));
    }
  }

  /** @param source a character, a class or an escape, as written; undefined for where the text begins. */
  character(source: string | undefined): Part {
    const state = this.classes.push(source) - 1;
    if (state > MAX_STATES) throw new UnprovableError('too large');
    this.next.push(new Map());
    const only = new Map([[state, 1]]);
    return { first: only, last: only, sure: new Set([state]), empty: 0, isEmptyAnywhere: false };
  }

  sequence(parts: readonly Part[]): Part {
    return parts.reduce((before, behind) => {
      this.connect(before.last, behind.first);
      return {
        first: sum(before.first, times(behind.first, before.empty)),
        last: sum(behind.last, times(before.last, behind.empty)),
        sure: behind.isEmptyAnywhere ? new Set([...before.sure, ...behind.sure]) : behind.sure,
        empty: ways(before.empty * behind.empty),
        isEmptyAnywhere: before.isEmptyAnywhere && behind.isEmptyAnywhere,
      };
    }, NOTHING);
  }

  choice(parts: readonly Part[]): Part {
    return parts.reduce(
      (some, other) => ({
        first: sum(some.first, other.first),
        last: sum(some.last, other.last),
        sure: new Set([...some.sure, ...other.sure]),
        empty: ways(some.empty + other.empty),
        isEmptyAnywhere: some.isEmptyAnywhere || other.isEmptyAnywhere,
      }),
      NEVER,
    );
  }

  /** A repetition that matches nothing is not gone on with, so an optional part is empty in one way. */
  optional(part: Part): Part {
    return { ...part, empty: 1, isEmptyAnywhere: true };
  }

  repetition({ min, max, element }: AST.Quantifier): Part {
    const parts: Part[] = [];
    for (let made = 0; made < min; made++) parts.push(this.of(element));
    if (max === Number.POSITIVE_INFINITY) {
      const again = this.of(element);
      this.connect(again.last, again.first);
      parts.push(this.optional(again));
    } else {
      let rest = NOTHING;
      for (let made = min; made < max; made++) rest = this.optional(this.sequence([this.of(element), rest]));
      parts.push(rest);
    }
    return this.sequence(parts);
  }

  assertion(node: AST.Assertion): Part {
    if (node.kind === 'start') return this.isMultiline ? CONDITION : this.character(undefined);
    if (node.kind === 'lookahead' || node.kind === 'lookbehind') {
      // It is gone through wherever it is come to; of bounded length, that is a step.
      if (isUnbounded(node)) throw new UnprovableError('a look around of any length');
    }
    return CONDITION;
  }

  alternatives(alternatives: readonly AST.Alternative[]): Part {
    return this.choice(alternatives.map(({ elements }) => this.sequence(elements.map((element) => this.of(element)))));
  }

  of(node: AST.Element): Part {
    switch (node.type) {
      case 'Assertion':
        return this.assertion(node);
      case 'Quantifier':
        return this.repetition(node);
      case 'Group':
      case 'CapturingGroup':
        return this.alternatives(node.alternatives);
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
      case 'ExpressionCharacterClass':
        return this.character(node.raw);
      default:
        throw new UnprovableError(node.type);
    }
  }

  build(pattern: AST.Pattern): Automaton {
    const whole = this.alternatives(pattern.alternatives);
    this.connect(new Map([[START, 1]]), whole.first);
    // A match is looked for from each character on.
    (this.next[START] as Map<number, number>).set(SEARCH, 1);
    this.connect(new Map([[SEARCH, 1]]), sum(new Map([[SEARCH, 1]]), whole.first));
    return { takes: this.kinds(), next: this.next, sure: this.classes.map((_, state) => whole.sure.has(state)) };
  }

  /** A bit for all characters that the same classes hold. */
  kinds(): bigint[] {
    const written = [...new Set(this.classes.filter((source) => source !== undefined))];
    const tests = written.map((source) => new RegExp(`^(?:${source})$`, this.flags));
    const kinds = new Map<string, bigint>();
    const held = new Map<string, bigint>(written.map((source) => [source, 0n]));
    let all = 0n;
    for (const character of this.characters) {
      const holders = written.filter((_, i) => tests[i]?.test(character));
      const kind = holders.join('\n');
      // The first bit is where the text begins.
      const bit = kinds.get(kind) ?? 1n << BigInt(kinds.size + 1);
      kinds.set(kind, bit);
      all |= bit;
      for (const holder of holders) held.set(holder, (held.get(holder) ?? 0n) | bit);
    }
    return this.classes.map((source, state) => {
      if (state === SEARCH) return all | (1n << BigInt(TEXT_BEGINS));
      return source === undefined ? 1n << BigInt(TEXT_BEGINS) : (held.get(source) ?? 0n);
    });
  }
}

/**
 * @param source an expression, as between slashes
 * @throws UnprovableError for what no such automaton tells: a reference back, a look around of any length
 */
export const automatonOf = (source: string, flags: string): Automaton => {
  const mode = { unicode: flags.includes('u'), unicodeSets: flags.includes('v') };
  return new Builder(source, flags).build(new RegExpParser().parsePattern(source, 0, source.length, mode));
};
