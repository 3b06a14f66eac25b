/** Whether a set has a character (one code point). */
export type CharacterSet = (character: string) => boolean;

/** The characters of a JavaScript class, folded by simple case folding where asked. */
const ofClass = (source: string, folded = false): CharacterSet => {
  const regex = new RegExp(`^[${source}]$`, folded ? 'iu' : 'u');
  return (character) => regex.test(character);
};

/** Those of a set, or all others. */
export const unless = (isNegated: boolean, set: CharacterSet): CharacterSet =>
  isNegated ? (character) => !set(character) : set;

/** `\d`, `\w` and `\s`, by letter. As RE2 has them: ASCII alone. */
export const PERL_CLASSES: Readonly<Record<string, CharacterSet>> = {
  d: ofClass('\\d'),
  w: ofClass('\\w'),
  s: ofClass('\\t\\n\\f\\r '),
};

/** `[:name:]` within a class, by name, as JavaScript writes the class. */
const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z\\d',
  alpha: 'A-Za-z',
  ascii: '\\0-\\x7f',
  blank: '\\t ',
  cntrl: '\\0-\\x1f\\x7f',
  digit: '\\d',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-/:-@\\[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '\\w',
  xdigit: 'A-Fa-f\\d',
};

/** @throws SyntaxError for a name that is none. */
export const posixClass = (name: string, folded: boolean): CharacterSet => {
  const source = Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name] : undefined;
  if (source === undefined) throw new SyntaxError(`No class [:${name}:]`);
  return ofClass(source, folded);
};

/** From one code point to another, both included. */
export const range = (first: number, last: number, folded: boolean): CharacterSet =>
  ofClass(`\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`, folded);

/** @param name - a general category, or else a script; `Any` for all. @throws SyntaxError for an unknown one. */
export const property = (name: string, folded: boolean): CharacterSet => {
  if (name === 'Any') return () => true;
  try {
    return ofClass(`\\p{gc=${name}}`, folded);
  } catch {
    return ofClass(`\\p{Script=${name}}`, folded);
  }
};
