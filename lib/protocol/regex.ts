import { RE2JS } from 're2js';
import { GrammarError, UNPRINTABLE } from './grammar.ts';

/**
 * The largest compiled expression, in RE2 instructions. Matching a channel costs at most its length times this, so it
 * is what one hostile expression can take. A UUID written out takes 43, `\w{1,200}` takes 401.
 */
export const MAX_REGEX_SIZE = 500;

/** How many Unicode classes (`\pL`, `\P{Greek}`) an expression may name: each is hundreds of ranges to merge and fold. */
const MAX_UNICODE_CLASSES = 16;

/** RE2 folds a range of characters one by one; this many cost about two milliseconds. */
const MAX_FOLDED_CHARACTERS = 65_536;

const CASE_FOLDING = /\(\?[a-zA-Z-]*i/;
const UNICODE_CLASS = /\\[pP]/g;
const RANGE_END = /-(?:\\x\{([0-9a-fA-F]+)\}|(.))/gsu;

/**
 * One syntactic element of an RE2 expression; counted repetitions capture their bounds. It runs on what clients send, so
 * none of its own repetitions may be able to match a text in many ways: it would backtrack without end.
 */
const ELEMENT = new RegExp(
  [
    /\\Q.*?(?:\\E|$)/, // quoted text
    /\\(?:[pPx]\{[^}]*\}|[pP].|.)/, // an escape
    /\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/, // a class, in which `]` may stand first
    /\(\?[a-zA-Z-]*\)/, // flags alone
    /\((?:\?(?:P?<\w+>|[a-zA-Z-]*:))?/, // a group opens
    /\{(\d+)(?:(,)(\d*))?\}/, // a counted repetition
    /./, // anything else is one character
  ]
    .map((element) => element.source)
    .join('|'),
  'gsu',
);

/**
 * Checks an expression in RE2 syntax by compiling it. RE2 bounds how deep counted repetitions nest, not how many stand
 * side by side: 200 characters like `\pL{0,999}\pL{0,999}…` compile to 40,000 instructions and match for 300 ms. So
 * what would be large is refused before it is compiled, and what came out large anyway is refused after.
 *
 * @param text the pattern as written, for the error
 * @param source the expression between the slashes
 * @throws GrammarError if it is not RE2 syntax, holds an unprintable character, or is too large
 */
export function checkRegex(text: string, source: string): void {
  const refuse = (reason: string) => new GrammarError('pattern', text, reason);
  if (UNPRINTABLE.test(source)) throw refuse('unprintable character in the regular expression');
  if (hasCostlyClasses(source)) throw refuse('too many or too wide character classes in the regular expression');
  if (writtenOutSize(source) > 2 * MAX_REGEX_SIZE) throw refuse('regular expression too large');
  let size: number;
  try {
    size = RE2JS.compile(source).programSize();
  } catch (error) {
    // Whatever the compiler throws, it could not compile what a client sent.
    throw refuse(error instanceof Error ? error.message : 'not a regular expression');
  }
  if (size > MAX_REGEX_SIZE) throw refuse('regular expression too large');
}

/**
 * The size of an expression with its counted repetitions written out, in elements. It is near the number of instructions
 * (which may be half, where RE2 joins alternatives into a class, or some times as many, for empty alternatives) and bounds
 * the work of compiling.
 */
function writtenOutSize(source: string): number {
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  const append = (element: number) => {
    last = element;
    size += element;
  };
  for (const [element, min, comma, max] of source.matchAll(ELEMENT)) {
    if (min !== undefined) {
      const times = Math.max(1, Number(min), Number(max || 0));
      const optional = comma === undefined ? 0 : times;
      size += last * (times - 1) + optional;
      last = last * times + optional;
    } else if (element === ')') {
      const group = size + 2;
      size = outer.pop() ?? 0;
      append(group);
    } else if (element.startsWith('(')) {
      if (element.endsWith(')')) continue;
      outer.push(size);
      size = 0;
    } else if (element === '*' || element === '+' || element === '?') {
      last += 1;
      size += 1;
    } else if (element.startsWith('\\Q')) {
      size += element.length;
      last = 1;
    } else {
      append(1);
    }
  }
  // A group left open is refused by the compiler; it is counted all the same.
  return outer.reduce((sum, before) => sum + before, size);
}

function hasCostlyClasses(source: string): boolean {
  if ((source.match(UNICODE_CLASS)?.length ?? 0) > MAX_UNICODE_CLASSES) return true;
  if (!CASE_FOLDING.test(source)) return false;
  let folded = 0;
  for (const [, hexadecimal, character] of source.matchAll(RANGE_END)) {
    folded += hexadecimal === undefined ? (character?.codePointAt(0) ?? 0) : Number.parseInt(hexadecimal, 16);
  }
  return folded > MAX_FOLDED_CHARACTERS;
}
