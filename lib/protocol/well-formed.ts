/** Characters of a segment: no white space, nothing unprintable, no mark of the grammar, no separator, no `*`. */
const PLAIN = '[^\\s\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}/\\\\"\'`:.*]+';

/** A `**` is a whole segment. */
const SEGMENT = `(?:\\*\\*?|\\*?${PLAIN}(?:\\*${PLAIN})*\\*?)`;

/** A channel or a pattern. */
export const NAME = new RegExp(`^(?=.{1,200}$)(?:/.+/|${SEGMENT}(?:[:.]${SEGMENT})*)$`, 'su');

/**
 * Whether the grammar takes a text as a channel or a pattern (clauses N-1, N-2 and M-1 to M-6), as far as that can be said
 * without a compiler of expressions: what `channel.ts` and `pattern.ts` say, in as few bytes as a page is to load.
 *
 * @param text of any length
 */
export const isWellFormed = (text: string): boolean => NAME.test(text);
