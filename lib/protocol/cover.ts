import type { Part, Pattern, WildcardPattern } from './pattern.ts';
import { isReserved, namesFirstSegment } from './reserved.ts';
import type { Separator } from './segments.ts';

/**
 * Whether one pattern covers another: every channel that the narrow one matches is matched by the wide one.
 *
 * Both are read as automata. The narrow one is walked through, and with it the set of places in the wide one that are
 * reached whatever the segments walked over are. So "covers" is a proof; where the wide pattern would have to be read
 * in different ways for different channels none is found, and the answer is no.
 *
 * A regular expression is covered by `**` alone, and covers nothing. What asks for reserved channels is covered only by what
 * names their first segment.
 *
 * @param wide - a channel or a pattern of segments.
 * @param narrow - any pattern.
 */
export function covers(wide: Pattern, narrow: Pattern): boolean {
  if (wide.kind === 'regex') return false;
  if (narrow.kind === 'regex') return wide.text === '**';
  if (isReserved(narrow.text) && !namesFirstSegment(wide.text)) return false;
  if (wide.kind === 'exact' && narrow.kind === 'exact') return wide.text === narrow.text;
  return isProved(segmentsOf(narrow), segmentsOf(wide));
}

/** What is read one symbol at a time. States are numbers; reading begins in state 0. */
interface Automaton<Symbol> {
  /** The ways out of a state. */
  edges(state: number): readonly (readonly [symbol: Symbol, target: number])[];
  /** The states reached by each and every thing the symbol may stand for. */
  reached(state: number, symbol: Symbol): readonly number[];
  accepts(state: number): boolean;
}

/** Pairs of a state and a set of states that are looked at. What would take more is not proved; a plain one takes tens. */
const MAX_STEPS = 1_000;

function isProved<Symbol>(narrow: Automaton<Symbol>, wide: Automaton<Symbol>): boolean {
  const seen = new Set<string>(['0 0']);
  const open: { readonly at: number; readonly within: readonly number[] }[] = [{ at: 0, within: [0] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { at, within } = next;
    if (narrow.accepts(at) && !within.some((state) => wide.accepts(state))) return false;
    for (const [symbol, target] of narrow.edges(at)) {
      const reached = new Set(within.flatMap((state) => wide.reached(state, symbol)));
      if (reached.size === 0) return false;
      const then = [...reached].sort((a, b) => a - b);
      const mark = `${target} ${then.join()}`;
      if (seen.has(mark)) continue;
      if (seen.size === MAX_STEPS) return false;
      seen.add(mark);
      open.push({ at: target, within: then });
    }
  }
  return true;
}

/** A separator, or the segments a part may stand for. */
type Piece = Separator | Part;

const isSeparator = (piece: Piece): piece is Separator => typeof piece === 'string';
const ANY_SEGMENT: Part = { kind: 'one', text: '*' };
const SEPARATORS: readonly Separator[] = [':', '.'];

/** State 2k is before part k, state 2k + 1 after it. */
function segmentsOf(pattern: Exclude<Pattern, { readonly kind: 'regex' }>): Automaton<Piece> {
  const { parts, separators } = pattern.kind === 'exact' ? literally(pattern.channel) : pattern;

  /** The parts that may follow a separator: one, or with a `**` that stands for nothing also what is behind it. */
  const entered = (k: number, separator: Separator): readonly number[] =>
    parts[k]?.kind === 'many' && separators[k] === separator ? [2 * k, ...entered(k + 1, separator)] : [2 * k];

  const afterwards = (k: number, separator: Separator): readonly number[] => [
    ...(parts[k]?.kind === 'many' ? [2 * k] : []),
    ...(separators[k] === separator ? entered(k + 1, separator) : []),
  ];

  return {
    edges: (state) => {
      const k = state >> 1;
      const part = parts[k] as Part;
      if (state % 2 === 0) return [[part.kind === 'many' ? ANY_SEGMENT : part, state + 1]];
      return SEPARATORS.flatMap((separator) =>
        afterwards(k, separator).map((target): readonly [Piece, number] => [separator, target]),
      );
    },
    reached: (state, piece) => {
      const k = state >> 1;
      if (isSeparator(piece)) return state % 2 === 1 ? afterwards(k, piece) : [];
      return state % 2 === 0 && includes(parts[k] as Part, piece) ? [state + 1] : [];
    },
    accepts: (state) => state === 2 * parts.length - 1,
  };
}

const literally = ({ segments, separators }: { segments: readonly string[]; separators: readonly Separator[] }) => ({
  parts: segments.map((text): Part => ({ kind: 'literal', text })),
  separators: separators satisfies WildcardPattern['separators'],
});

/** Whether one part stands for every segment that another does. */
function includes(wide: Part, narrow: Part): boolean {
  if (wide.kind === 'one' || wide.kind === 'many') return true;
  if (wide.kind === 'literal') return narrow.kind === 'literal' && narrow.text === wide.text;
  return isProved(charactersOf(narrow), charactersOf(wide));
}

/** State k is before the k-th character of the glob. Symbols are characters, and `?` for any. */
function charactersOf(part: Part): Automaton<string> {
  // A segment has at least one character.
  const glob = [...(part.kind === 'one' ? '?*' : part.text)];
  const behindStars = (k: number): readonly number[] => (glob[k] === '*' ? [k, ...behindStars(k + 1)] : [k]);

  return {
    edges: (state) =>
      behindStars(state).flatMap((k): (readonly [string, number])[] => {
        const character = glob[k];
        if (character === undefined) return [];
        return character === '*' ? [['?', k]] : [[character, k + 1]];
      }),
    reached: (state, symbol) =>
      behindStars(state).flatMap((k) => {
        if (glob[k] === '*') return [k];
        return k < glob.length && (glob[k] === '?' || glob[k] === symbol) ? [k + 1] : [];
      }),
    accepts: (state) => behindStars(state).includes(glob.length),
  };
}
