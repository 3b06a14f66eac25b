/**
 * Finds the text of a value within a JSON text that holds it: what was parsed has lost how numbers, escapes and names were
 * written. The text is known to be JSON; every character is looked at once by each call, however it nests.
 */

/** Where the text of a value stands: from `start` up to but not including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** No other character up to the space is outside a text or a number. */
const SPACE = 0x20;

const afterSpace = (text: string, from: number): number => {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
};

/** @param from - of the opening quote. */
const afterString = (text: string, from: number): number => {
  for (let quote = text.indexOf('"', from + 1); ; quote = text.indexOf('"', quote + 1)) {
    // Backslashes before it come in pairs, unless it is escaped. No two quotes have the same ones before them.
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
};

/** @param from - of the opening bracket. */
const afterBrackets = (text: string, from: number): number => {
  let depth = 0;
  for (let at = from; ; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = afterString(text, at) - 1;
    else if (unit === OPEN_OBJECT || unit === OPEN_LIST) depth++;
    else if ((unit === CLOSE_OBJECT || unit === CLOSE_LIST) && --depth === 0) return at + 1;
  }
};

const afterWord = (text: string, from: number): number => {
  let at = from;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit <= SPACE || unit === COMMA || unit === CLOSE_OBJECT || unit === CLOSE_LIST) break;
  }
  return at;
};

const afterValue = (text: string, from: number): number => {
  const unit = text.charCodeAt(from);
  if (unit === QUOTE) return afterString(text, from);
  return unit === OPEN_OBJECT || unit === OPEN_LIST ? afterBrackets(text, from) : afterWord(text, from);
};

/** Whether a name as it is written, from quote to quote, is the given one, which needs no escape itself. */
const isNamed = (text: string, start: number, end: number, name: string): boolean => {
  if (end - start - 2 === name.length) return text.startsWith(name, start + 1);
  // Not sought in the whole text: from each of many names, that would be to its end.
  const written = text.slice(start, end);
  return written.includes('\\') && JSON.parse(written) === name;
};

/**
 * The text of a member of an object.
 *
 * @param text - JSON.
 * @param from - where the value begins, or white space before it.
 * @param name - of the member; without characters that JSON escapes.
 * @returns of several that have the name the last, as `JSON.parse` has it; undefined where there is none, as of what is no
 *   object.
 */
export const memberOf = (text: string, from: number, name: string): Span | undefined => {
  const start = afterSpace(text, from);
  if (text.charCodeAt(start) !== OPEN_OBJECT) return undefined;
  let found: Span | undefined;
  let at = afterSpace(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_OBJECT) {
    const afterName = afterString(text, at);
    const value = afterSpace(text, afterSpace(text, afterName) + 1);
    const end = afterValue(text, value);
    if (isNamed(text, at, afterName, name)) found = { start: value, end };
    at = afterSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = afterSpace(text, at + 1);
  }
  return found;
};

/**
 * The texts of the values of a list.
 *
 * @param text - JSON.
 * @param from - where the list begins.
 */
export const elementsOf = (text: string, from: number): readonly Span[] => {
  const elements: Span[] = [];
  let at = afterSpace(text, from + 1);
  while (text.charCodeAt(at) !== CLOSE_LIST) {
    const end = afterValue(text, at);
    elements.push({ start: at, end });
    at = afterSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = afterSpace(text, at + 1);
  }
  return elements;
};

/**
 * Whether brackets stand in brackets more often than that.
 *
 * @param text - JSON.
 */
export const nestsDeeper = (text: string, most: number): boolean => {
  // So many have to be closed again.
  if (text.length <= 2 * most) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = afterString(text, at) - 1;
    else if (unit === CLOSE_OBJECT || unit === CLOSE_LIST) depth--;
    else if ((unit === OPEN_OBJECT || unit === OPEN_LIST) && ++depth > most) return true;
  }
  return false;
};
