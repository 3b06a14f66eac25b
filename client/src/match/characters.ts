/** Whether a set has a character (one code point). */
export type CharacterSet = (character: string) => boolean;

/** The characters of a JavaScript class, folded by simple case folding where asked. */
export const ofClass = (source: string, folded = false): CharacterSet => {
  const regex = new RegExp(`^[${source}]$`, folded ? 'iu' : 'u');
  return (character) => regex.test(character);
};

export const not =
  (set: CharacterSet): CharacterSet =>
  (character) =>
    !set(character);

/** As RE2 has them: ASCII alone. */
export const isWordCharacter = ofClass('\\w');

/** `\d`, `\w` and `\s`, by letter. Capitals are their opposites. */
export const PERL_CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: ofClass('0-9'),
  w: isWordCharacter,
  s: ofClass('\\t\\n\\f\\r '),
};

/** `[:name:]` within a class, by name, as JavaScript writes the class. */
export const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  ascii: '\\0-\\x7f',
  blank: '\\t ',
  cntrl: '\\0-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-/:-@\\[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: 'A-Fa-f0-9',
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
