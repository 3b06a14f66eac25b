import type { Channel } from '../../protocol/channel.ts';
import type { Pattern } from '../../protocol/pattern.ts';

/** Stands in a shape for any literal segment. A shape has no literals of its own, so it cannot be mistaken for one. */
const LITERAL = '_';

const SHAPE = /^(?:_|\*\*?)(?:[:.](?:_|\*\*?))*$/;

/** A shape made ready to be asked about channels. */
export interface CompiledShape {
  readonly text: string;
  /** Segments that a channel must have, for a pattern of this shape to match it. */
  readonly segments: { readonly least: number; readonly most: number };
  /** Which of its parts are literals: from the first on, and behind a `**`, from the last, which is 0, backwards. */
  readonly literals: { readonly fromStart: readonly number[]; readonly fromEnd: readonly number[] };
  /**
   * @param channel any channel
   * @param starts where its segments start, as {@link startsOf} gives it, for who asks several shapes
   * @returns the text of the only pattern of this shape that could match the channel, which it then does: a key to look
   *   up. `undefined` if no pattern of this shape matches
   */
  candidate(channel: Channel, starts?: readonly number[]): string | undefined;
}

/** Where each of a channel’s segments starts in its text; last, where another would. */
export function startsOf(channel: Channel): readonly number[] {
  const starts = [0];
  let at = 0;
  for (const segment of channel.segments) {
    at += segment.length + 1;
    starts.push(at);
  }
  return starts;
}

/**
 * The tuple of a wildcard pattern: where its wildcards and separators stand, its literals left out. `user:*:settings`
 * has the shape `_:*:_`.
 *
 * Patterns are few in shape, however many they are, and within a shape a channel leaves no choice of pattern. So
 * instead of searching patterns, each shape is asked for the one text to look up. V. Srinivasan, S. Suri, G. Varghese,
 * "Packet Classification using Tuple Space Search", SIGCOMM 1999.
 *
 * @param pattern any pattern
 * @returns its shape, or `undefined` if it has none: it is not a wildcard pattern, or has a wildcard inside a segment, or
 *   more than one `**` (then a channel may leave a choice)
 */
export function shapeOf(pattern: Pattern): string | undefined {
  if (pattern.kind !== 'wildcard') return undefined;
  let shape = '';
  let manies = 0;
  for (const [i, part] of pattern.parts.entries()) {
    if (part.kind === 'glob') return undefined;
    if (part.kind === 'many' && ++manies > 1) return undefined;
    if (i > 0) shape += pattern.separators[i - 1];
    shape += part.kind === 'literal' ? LITERAL : part.text;
  }
  return shape;
}

/**
 * @param text a shape, as {@link shapeOf} gives it
 * @returns the shape, ready to be asked
 * @throws RangeError if `text` is not a shape
 */
export function compileShape(text: string): CompiledShape {
  if (!SHAPE.test(text)) throw new RangeError(`not a shape: ${JSON.stringify(text)}`);
  const parts = text.split(/[:.]/);
  const separators = text.match(/[:.]/g) ?? [];
  const many = parts.indexOf('**');
  if (many !== parts.lastIndexOf('**')) throw new RangeError(`more than one ** in the shape ${JSON.stringify(text)}`);
  return many < 0 ? fixedShape(text, parts, separators) : stretchedShape(text, parts, separators, many);
}

/** A shape without `**`: as many segments as parts. */
function fixedShape(text: string, parts: readonly string[], separators: readonly string[]): CompiledShape {
  const fill = filling(parts, separators, 0, parts.length);
  return {
    text,
    segments: { least: parts.length, most: parts.length },
    literals: { fromStart: literalsOf(parts), fromEnd: [] },
    candidate(channel, starts = startsOf(channel)) {
      if (channel.segments.length !== parts.length || !sameSeparators(separators, channel, 0)) return undefined;
      return fill(channel.text, starts, 0);
    },
  };
}

/** A shape with a `**`: its parts before that lie at the channel's start, those after it at the channel's end. */
function stretchedShape(
  text: string,
  parts: readonly string[],
  separators: readonly string[],
  many: number,
): CompiledShape {
  const after = many + 1;
  const tail = parts.length - after;
  const fixed = many + tail;
  // With no segment for a `**` in the middle, both separators beside it are held against the same one of the channel's,
  // so both must be equal to it, which is just what the grammar asks.
  const least = many > 0 && tail > 0 ? fixed : fixed + 1;
  const headSeparators = separators.slice(0, many);
  const tailSeparators = separators.slice(many);
  const leading = many > 0 ? headSeparators[many - 1] : '';
  const trailing = tail > 0 ? tailSeparators[0] : '';
  const middle = `${leading}**${trailing}`;
  const fillHead = filling(parts, separators, 0, many);
  const fillTail = filling(parts, separators, after, parts.length);
  return {
    text,
    segments: { least, most: Number.POSITIVE_INFINITY },
    literals: {
      fromStart: literalsOf(parts.slice(0, many)),
      fromEnd: literalsOf(parts.slice(after).reverse()),
    },
    candidate(channel, starts = startsOf(channel)) {
      const count = channel.segments.length;
      if (count < least) return undefined;
      if (!sameSeparators(headSeparators, channel, 0)) return undefined;
      if (!sameSeparators(tailSeparators, channel, count - 1 - tail)) return undefined;
      return fillHead(channel.text, starts, 0) + middle + fillTail(channel.text, starts, count - parts.length);
    },
  };
}

function literalsOf(parts: readonly string[]): readonly number[] {
  return parts.flatMap((part, i) => (part === LITERAL ? [i] : []));
}

/** Whether the channel has these separators from its separator number `from` on. */
function sameSeparators(wanted: readonly string[], channel: Channel, from: number): boolean {
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] !== channel.separators[from + i]) return false;
  }
  return true;
}

/** Writes some parts of a shape, with a channel’s segments for the literals. */
type Fill = (text: string, starts: readonly number[], shift: number) => string;

/**
 * Prepares to write parts `from` to `to`. Literals that stand together are one piece of the channel’s text, and what is
 * between them is one text of the shape, so that few pieces are put together.
 *
 * The function takes how many places further on in the channel the segments stand.
 */
function filling(parts: readonly string[], separators: readonly string[], from: number, to: number): Fill {
  const pieces: (string | { first: number; last: number })[] = [];
  const addText = (text: string): void => {
    if (typeof pieces.at(-1) === 'string') pieces.push(`${pieces.pop()}${text}`);
    else pieces.push(text);
  };
  for (let i = from; i < to; i++) {
    const run = pieces.at(-1);
    const isLiteral = parts[i] === LITERAL;
    if (isLiteral && typeof run === 'object') {
      run.last = i;
      continue;
    }
    if (i > from) addText(separators[i - 1] as string);
    if (isLiteral) pieces.push({ first: i, last: i });
    else addText(parts[i] as string);
  }
  return (text, starts, shift) => {
    let filled = '';
    for (const piece of pieces) {
      if (typeof piece === 'string') filled += piece;
      else filled += text.slice(starts[piece.first + shift], (starts[piece.last + shift + 1] as number) - 1);
    }
    return filled;
  };
}
