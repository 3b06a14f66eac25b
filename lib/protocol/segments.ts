import { codePointLength, describeCharacter, GrammarError, UNPRINTABLE } from './grammar.ts';

/** What stands between two segments. */
export type Separator = ':' | '.';

/** A text taken apart: `separators[i]` stands between segments `i` and `i + 1`. */
export interface Segments {
  /** At least one, and none of them empty. */
  readonly segments: readonly string[];
  readonly separators: readonly Separator[];
}

/** What each ASCII character means to {@link splitSegments}, by its code: refused, part of a segment, or a separator. */
export type Alphabet = Uint8Array;

const REFUSED = 0;
const IN_SEGMENT = 1;
const SEPARATOR = 2;
const COLON = 0x3a;

const BEYOND_ASCII_REFUSED = new RegExp(`${UNPRINTABLE.source}|\\s`, 'u');

/**
 * @param refused the ASCII characters that no segment may hold, besides white space and control characters
 * @returns the alphabet for {@link splitSegments}
 */
export function alphabetWithout(refused: string): Alphabet {
  const alphabet = new Uint8Array(128).fill(REFUSED);
  for (let code = 0x21; code < 0x7f; code++) {
    if (!refused.includes(String.fromCharCode(code))) alphabet[code] = IN_SEGMENT;
  }
  alphabet[COLON] = SEPARATOR;
  alphabet['.'.charCodeAt(0)] = SEPARATOR;
  return alphabet;
}

/**
 * Splits a channel or a wildcard pattern in one pass, as it is done for every event.
 *
 * @param subject what the text is, for the error
 * @param text of any length
 * @param alphabet which ASCII characters may stand in a segment
 * @returns the segments and what stands between them
 * @throws GrammarError for an empty segment or a refused character
 */
export function splitSegments(subject: 'channel' | 'pattern', text: string, alphabet: Alphabet): Segments {
  const segments: string[] = [];
  const separators: Separator[] = [];
  let start = 0;
  let ascii = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 128) {
      ascii = false;
      continue;
    }
    const meaning = alphabet[code];
    if (meaning === IN_SEGMENT) continue;
    if (meaning !== SEPARATOR) throw new GrammarError(subject, text, `${describeCharacter(text, at)} is not allowed`);
    if (at === start) throw emptySegment(subject, text, at);
    segments.push(text.slice(start, at));
    separators.push(code === COLON ? ':' : '.');
    start = at + 1;
  }
  if (start === text.length) throw emptySegment(subject, text, start);
  segments.push(text.slice(start));
  if (!ascii) refuseBeyondAscii(subject, text);
  return { segments, separators };
}

function refuseBeyondAscii(subject: 'channel' | 'pattern', text: string): void {
  const at = text.search(BEYOND_ASCII_REFUSED);
  if (at >= 0) throw new GrammarError(subject, text, `${describeCharacter(text, at)} is not allowed`);
}

function emptySegment(subject: 'channel' | 'pattern', text: string, at: number): GrammarError {
  return new GrammarError(subject, text, `empty segment at position ${codePointLength(text.slice(0, at))}`);
}
