import { expressions } from '../../../client/src/expressions.ts';
import { matcherOf } from '../../../client/src/match/matcher.ts';
import { type Channel, parseChannel } from '../../../lib/protocol/channel.ts';
import { GrammarError } from '../../../lib/protocol/grammar.ts';
import { type Part, type Pattern, parsePattern, type WildcardPattern } from '../../../lib/protocol/pattern.ts';
import { isReserved, namesFirstSegment } from '../../../lib/protocol/reserved.ts';

/** A part of a pattern, and the text of the channel it stands for. */
export interface Piece {
  readonly part: string;
  /** Empty for a `**` that stands for nothing. */
  readonly text: string;
  /** What stands in front of the part in the pattern; empty for the first. */
  readonly separator: string;
}

/** Whether a pattern matches a channel, and why. */
export type Verdict =
  | { readonly matches: true; readonly pieces: readonly Piece[]; readonly why: string }
  | { readonly matches: false; readonly why: string };

/** What somebody typed: what the grammar makes of it, or why it refuses it. */
export type Typed<T> =
  | { readonly text: string; readonly value: T }
  | { readonly text: string; readonly refused: string };

const typed =
  <T>(parse: (text: string) => T) =>
  (text: string): Typed<T> => {
    try {
      return { text, value: parse(text) };
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      return { text, refused: error.reason };
    }
  };

export const typedPattern = typed<Pattern>(parsePattern);
export const typedChannel = typed<Channel>(parseChannel);

const quoted = (text: string): string => `“${text}”`;

/** Whether a pattern matches a channel, in the service's own grammar, and why. */
export const explain = (pattern: Pattern, channel: Channel): Verdict => {
  if (isReserved(channel.text) && !namesFirstSegment(pattern.text)) {
    return {
      matches: false,
      why: `a pattern has to name ${quoted(channel.segments[0] as string)}, as all that begins with $`,
    };
  }
  if (pattern.kind === 'wildcard') return new Alignment(pattern, channel).verdict();
  if (pattern.kind === 'exact') {
    return pattern.text === channel.text
      ? { matches: true, pieces: [], why: 'the same, character by character' }
      : { matches: false, why: 'without wildcards, it matches the one channel of its name' };
  }
  if (expressions(pattern.source)(channel.text)) {
    return {
      matches: true,
      pieces: [],
      why: 'the expression describes the channel from its first character to its last',
    };
  }
  const describesPart = expressions(`(?s:.*)(?:${pattern.source})(?s:.*)`)(channel.text);
  const why = describesPart
    ? 'the expression describes only a part of the channel, and it has to describe all of it'
    : 'the expression does not describe the channel';
  return { matches: false, why };
};

/** Lays the parts of a pattern along the segments of a channel. */
class Alignment {
  readonly #pattern: WildcardPattern;
  readonly #channel: Channel;
  /** Pairs of a part and a segment that are known to lead nowhere. */
  readonly #dead = new Set<string>();
  /** How far the best attempt came, and what was wrong there. */
  #failure = { segment: -1, part: -1, why: '' };

  constructor(pattern: WildcardPattern, channel: Channel) {
    this.#pattern = pattern;
    this.#channel = channel;
  }

  verdict(): Verdict {
    const pieces = this.#from(0, 0);
    if (pieces === undefined) return { matches: false, why: this.#failure.why };
    const why = pieces.filter(({ part, text }) => part !== text).map(meaning);
    return { matches: true, pieces, why: why.join('; ') };
  }

  /** Lays the parts from one on along the segments from one on. @returns undefined where that cannot be done. */
  #from(part: number, segment: number): readonly Piece[] | undefined {
    const key = `${part} ${segment}`;
    if (this.#dead.has(key)) return undefined;
    const pieces =
      (this.#pattern.parts[part] as Part).kind === 'many' ? this.#many(part, segment) : this.#one(part, segment);
    if (pieces === undefined) this.#dead.add(key);
    return pieces;
  }

  #one(part: number, segment: number): readonly Piece[] | undefined {
    const { text, kind } = this.#pattern.parts[part] as Part;
    const found = this.#channel.segments[segment];
    if (found === undefined) return this.#fail(part, segment, `the channel ends where ${quoted(text)} is wanted`);
    // Behind another: only a first segment has to be named where it begins with $.
    const fits = kind === 'one' || (kind === 'literal' ? text === found : matcherOf(`a:${text}`)(`a:${found}`));
    if (!fits) return this.#fail(part, segment, `${quoted(found)} is not ${quoted(text)}`);
    return this.#then(part, segment, segment + 1);
  }

  #many(part: number, segment: number): readonly Piece[] | undefined {
    const { parts, separators } = this.#pattern;
    const { segments } = this.#channel;
    if (segment >= segments.length) return this.#fail(part, segment, 'the channel ends where “**” wants a segment');
    const isInTheMiddle = part > 0 && part < parts.length - 1;
    if (isInTheMiddle && separators[part - 1] === separators[part]) {
      const rest = this.#from(part + 1, segment);
      // The separator in front of it is the one that went with it.
      if (rest !== undefined) return [this.#piece(part, segment, segment), ...rest];
    }
    for (let end = segment + 1; end <= segments.length; end++) {
      const rest = this.#then(part, segment, end);
      if (rest !== undefined) return rest;
    }
    return undefined;
  }

  /** Goes on behind a part that stands for the segments from `start` to before `end`. */
  #then(part: number, start: number, end: number): readonly Piece[] | undefined {
    const { parts, separators } = this.#pattern;
    const channel = this.#channel;
    const piece = this.#piece(part, start, end);
    const isLastPart = part === parts.length - 1;
    const isLastSegment = end === channel.segments.length;
    if (isLastPart && isLastSegment) return [piece];
    const behind = channel.separators[end - 1] ?? '';
    if (isLastPart) {
      return this.#fail(
        part,
        end,
        `the pattern ends, and ${quoted(behind + this.#text(end, channel.segments.length))} is left`,
      );
    }
    const wanted = separators[part] as string;
    if (isLastSegment) {
      const next = parts[part + 1] as Part;
      return this.#fail(part, end, `the channel ends where ${quoted(wanted + next.text)} is wanted`);
    }
    if (behind !== wanted) {
      const before = quoted(channel.segments[end - 1] as string);
      return this.#fail(part, end, `behind ${before} stands ${quoted(behind)} and not ${quoted(wanted)}`);
    }
    const rest = this.#from(part + 1, end);
    return rest && [piece, ...rest];
  }

  #piece(part: number, start: number, end: number): Piece {
    const separator = part === 0 ? '' : (this.#pattern.separators[part - 1] as string);
    return { part: (this.#pattern.parts[part] as Part).text, text: this.#text(start, end), separator };
  }

  #text(start: number, end: number): string {
    const { segments, separators } = this.#channel;
    let text = '';
    for (let i = start; i < end; i++) text += (i > start ? separators[i - 1] : '') + (segments[i] as string);
    return text;
  }

  #fail(part: number, segment: number, why: string): undefined {
    const { segment: furthest, part: last } = this.#failure;
    if (segment > furthest || (segment === furthest && part > last)) this.#failure = { segment, part, why };
  }
}

const meaning = ({ part, text }: Piece): string =>
  `${quoted(part)} stands for ${text === '' ? 'nothing' : quoted(text)}`;
