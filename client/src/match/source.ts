/** What wildcards are as expressions. A segment is never empty, so one that is all `*` needs no other. */
const WILDCARDS: Readonly<Record<string, string>> = { '**': '.+', '*': '[^:.]*', '?': '[^:.]' };

/**
 * Says a pattern of segments as an expression; clauses M-1 to M-4 of the protocol. In the middle a `**` may stand for
 * nothing: one of the separators beside it goes with it, if they are the same.
 */
const ofWildcard = (text: string): string =>
  text.replace(/([:.])\*\*(?=\1)|\*\*|\W/gu, (found, separator?: string) =>
    separator === undefined ? (WILDCARDS[found] ?? `\\${found}`) : `(?:\\${separator}.+)?`,
  );

/** Says `\Q…\E` by escapes, the last of which a repetition behind it repeats alone. */
const unquoted = (source: string): string =>
  source.replace(/\\Q(.*?)(?:\\E|$)|\\./gsu, (found, quoted?: string) => quoted?.replace(/\W/gu, '\\$&') ?? found);

/**
 * @param text a pattern of segments, or an expression between slashes.
 * @returns the expression in RE2 syntax that hears the same, without quotes.
 */
export const sourceOf = (text: string): string =>
  text.startsWith('/') ? unquoted(text.slice(1, -1)) : ofWildcard(text);
