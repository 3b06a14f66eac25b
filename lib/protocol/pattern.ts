import type { Channel } from './channel.ts';
import { GrammarError, isLongerThan } from './grammar.ts';
import { checkRegex } from './regex.ts';
import { alphabetWithout, type Separator, splitSegments } from './segments.ts';

/** The longest pattern, in Unicode code points, the slashes of a regular expression included. */
export const MAX_PATTERN_LENGTH = 200;

/** What a subscription asks for. Two patterns are the same subscription if their `text` is the same. */
export type Pattern = ExactPattern | WildcardPattern | RegexPattern;

/** A pattern without wildcards: it matches the one channel of that name. */
export interface ExactPattern {
  readonly kind: 'exact';
  readonly text: string;
  readonly channel: Channel;
}

/**
 * A pattern of segments, at least one of which has a wildcard.
 *
 * A separator matches only itself, except that the segments which a `**` swallows are joined by either. A `**` swallows
 * one or more segments. One that is neither first nor last may also swallow none: it then vanishes together with one of
 * the two separators beside it, which must be the same character. So `a:**:b` also matches `a:b`, while `a:**.b` matches
 * `a:x.b` and neither `a:b` nor `a.b`. Each `**` is judged by itself: `a:**:**:b` matches what `a:**:b` does, and
 * `**:**`, whose wildcards are first and last, asks for two segments and a `:` between two of them.
 *
 * A channel whose first segment begins with `$` is matched only where the pattern names that segment: see `reserved.ts`.
 *
 * Matching is bounded: a matcher that looks at each (part, segment) pair once, with globs compared in the product of
 * their lengths, takes at most 200 × 200 steps, since parts and segments add up to a pattern's and a channel's length.
 */
export interface WildcardPattern {
  readonly kind: 'wildcard';
  readonly text: string;
  readonly parts: readonly Part[];
  /** `separators[i]` stands between parts `i` and `i + 1`. */
  readonly separators: readonly Separator[];
}

/** A regular expression in RE2 syntax over the whole channel, anchored at both ends. */
export interface RegexPattern {
  readonly kind: 'regex';
  readonly text: string;
  /** What stands between the slashes. */
  readonly source: string;
}

/** What stands in the place of one segment in a wildcard pattern. */
export interface Part {
  /**
   * - `literal`: this segment
   * - `one`: `*`, any one segment
   * - `many`: `**`, segments
   * - `glob`: a segment in which `*` is any run of characters, also none, and `?` is one character (one code point)
   */
  readonly kind: 'literal' | 'one' | 'many' | 'glob';
  readonly text: string;
}

const PATTERN_ALPHABET = alphabetWithout('/\\"\'`');
const WILDCARD = /[*?]/;
const ONE: Part = { kind: 'one', text: '*' };
const MANY: Part = { kind: 'many', text: '**' };

/**
 * @param text `memory:created`, `memory:*`, `memory.**`, `user:4?:*` or `/user:\d+:login/`
 * @returns the pattern, of the kind that its text shows
 * @throws GrammarError where {@link readPattern} does, or if it is a regular expression that RE2 refuses or that would cost
 *   too much
 */
export function parsePattern(text: string): Pattern {
  const pattern = readPattern(text);
  if (pattern.kind === 'regex') checkRegex(text, pattern.source);
  return pattern;
}

/**
 * Reads a pattern and compiles nothing, which for an expression is a millisecond of work: for what was parsed before it was
 * held, and for what is only looked up by its text.
 *
 * @param text as of {@link parsePattern}
 * @throws GrammarError if it is longer than {@link MAX_PATTERN_LENGTH}, is not a channel when its wildcards are set aside,
 *   has `**` as only a part of a segment, or begins with a slash and is no text between two
 */
export function readPattern(text: string): Pattern {
  if (isLongerThan(text, MAX_PATTERN_LENGTH)) {
    throw new GrammarError('pattern', text, `longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  if (text.startsWith('/')) return readRegex(text);
  const { segments, separators } = splitSegments('pattern', text, PATTERN_ALPHABET);
  if (!WILDCARD.test(text)) return { kind: 'exact', text, channel: { text, segments, separators } };
  return { kind: 'wildcard', text, parts: segments.map((segment) => parsePart(text, segment)), separators };
}

function parsePart(pattern: string, text: string): Part {
  if (text === '*') return ONE;
  if (text === '**') return MANY;
  if (text.includes('**')) throw new GrammarError('pattern', pattern, `** is not the whole of the segment ${text}`);
  return { kind: WILDCARD.test(text) ? 'glob' : 'literal', text };
}

function readRegex(text: string): RegexPattern {
  if (text.length < 2 || !text.endsWith('/')) {
    throw new GrammarError('pattern', text, 'a regular expression ends with /; flags stand inside, as in /(?i)a/');
  }
  const source = text.slice(1, -1);
  if (source === '') throw new GrammarError('pattern', text, 'empty regular expression');
  return { kind: 'regex', text, source };
}
