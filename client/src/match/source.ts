/**
 * Says `\Q…\E` by escapes, the last of which a repetition behind it repeats alone.
 *
 * @param source an expression in RE2 syntax, without its slashes.
 * @returns one that hears the same, without quotes.
 */
export const unquoted = (source: string): string =>
  source.replace(/\\Q(.*?)(?:\\E|$)|\\./gsu, (found, quoted?: string) => quoted?.replace(/\W/gu, '\\$&') ?? found);
