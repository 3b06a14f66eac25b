/** Whether a set has a character (one code point). */
export type CharacterSet = (character: string) => boolean;

const inRanges =
  (...ranges: readonly (readonly [string, string])[]): CharacterSet =>
  (character) =>
    ranges.some(([first, last]) => character >= first && character <= last && character.length === 1);

export const not =
  (set: CharacterSet): CharacterSet =>
  (character) =>
    !set(character);

/** What a set has, in capitals or not. */
export const inEitherCase =
  (set: CharacterSet): CharacterSet =>
  (character) =>
    set(character) || set(character.toLowerCase()) || set(character.toUpperCase());

const DIGIT: readonly [string, string] = ['0', '9'];
const UPPER: readonly [string, string] = ['A', 'Z'];
const LOWER: readonly [string, string] = ['a', 'z'];

/** As RE2 has them: ASCII alone. */
export const isWordCharacter = inRanges(DIGIT, UPPER, LOWER, ['_', '_']);

const SPACE = new Set('\t\n\f\r ');

/** `\d`, `\w`, `\s` and their opposites, by letter. */
export const PERL_CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: inRanges(DIGIT),
  D: not(inRanges(DIGIT)),
  w: isWordCharacter,
  W: not(isWordCharacter),
  s: (character) => SPACE.has(character),
  S: (character) => !SPACE.has(character),
};

/** `[:name:]` within a class, by name. */
export const POSIX_CLASSES: Readonly<Record<string, CharacterSet>> = {
  alnum: inRanges(DIGIT, UPPER, LOWER),
  alpha: inRanges(UPPER, LOWER),
  ascii: inRanges(['\0', '\x7f']),
  blank: inRanges(['\t', '\t'], [' ', ' ']),
  cntrl: inRanges(['\0', '\x1f'], ['\x7f', '\x7f']),
  digit: inRanges(DIGIT),
  graph: inRanges(['!', '~']),
  lower: inRanges(LOWER),
  print: inRanges([' ', '~']),
  punct: inRanges(['!', '/'], [':', '@'], ['[', '`'], ['{', '~']),
  space: (character) => SPACE.has(character) || character === '\v',
  upper: inRanges(UPPER),
  word: isWordCharacter,
  xdigit: inRanges(DIGIT, ['A', 'F'], ['a', 'f']),
};

/** The characters of a JavaScript class, folded by simple case folding where asked. */
const ofClass = (source: string, folded: boolean): CharacterSet => {
  const regex = new RegExp(`^[${source}]$`, folded ? 'iu' : 'u');
  return (character) => regex.test(character);
};

const escaped = (codePoint: number): string => `\\u{${codePoint.toString(16)}}`;

/** From one code point to another, both included. */
export const range = (first: number, last: number, folded: boolean): CharacterSet =>
  ofClass(first === last ? escaped(first) : `${escaped(first)}-${escaped(last)}`, folded);

/** @param name - a general category, or else a script; `Any` for all. @throws SyntaxError for an unknown one. */
export const property = (name: string, folded: boolean): CharacterSet => {
  if (name === 'Any') return () => true;
  try {
    return ofClass(`\\p{gc=${name}}`, folded);
  } catch {
    return ofClass(`\\p{Script=${name}}`, folded);
  }
};
