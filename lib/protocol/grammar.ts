/** No channel or pattern has more: so whoever sent many knows which of them was refused. */
const QUOTED_CODE_POINTS = 200;

/** A text that the channel or pattern grammar refuses. */
export class GrammarError extends Error {
  /** What is wrong and where, without the text itself: `empty segment at position 2`. */
  readonly reason: string;

  /**
   * @param subject what the text was to be
   * @param text the refused text; the message quotes its first 200 code points
   * @param reason what is wrong and where; positions count code points from 0
   */
  constructor(subject: 'channel' | 'pattern', text: string, reason: string) {
    super(`${subject} ${quote(text)}: ${reason}`);
    this.name = 'GrammarError';
    this.reason = reason;
  }
}

/**
 * Control, format and private-use characters, lone surrogates, line and paragraph separators. Unassigned characters are
 * not among them: which those are changes with every version of Unicode, and two runtimes would disagree on a channel.
 */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

/**
 * @param text any string
 * @returns its length in Unicode code points; a lone surrogate counts as one
 */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if (isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1))) {
      length--;
      at++;
    }
  }
  return length;
}

/**
 * @param text any string
 * @param max in code points
 * @returns whether `text` has more than `max` code points; it costs nothing for short texts and is bounded for huge ones
 */
export function isLongerThan(text: string, max: number): boolean {
  if (text.length <= max) return false;
  return text.length > 2 * max || codePointLength(text) > max;
}

/**
 * @param text any string
 * @param at an offset in UTF-16 code units
 * @returns the character there and its position in code points, in words fit for an error message
 */
export function describeCharacter(text: string, at: number): string {
  const codePoint = text.codePointAt(at) ?? 0;
  const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  const visible = codePoint > 0x20 && codePoint < 0x7f ? ` (${text[at]})` : '';
  return `character ${name}${visible} at position ${codePointLength(text.slice(0, at))}`;
}

function quote(text: string): string {
  // Cut by code units first: the text may be a megabyte long.
  const start = Array.from(text.slice(0, 2 * QUOTED_CODE_POINTS))
    .slice(0, QUOTED_CODE_POINTS)
    .join('');
  return JSON.stringify(start.length < text.length ? `${start}…` : start);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
