/** A command line that cannot be read. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Splits a line into words. What stands in quotes is one word; a backslash means itself, as regular expressions need it.
 *
 * @throws UsageError where a quote is not closed.
 */
export const wordsOf = (line: string): string[] => {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(["'])|([^\s"']+)/g)];
  if (words.some((match) => match[3] !== undefined)) throw new UsageError('A quote is not closed');
  return words.map(([, double, single, , plain]) => double ?? single ?? (plain as string));
};

/** What is broadcast: the rest of a line, as JSON where it is JSON, else as a text. */
export const dataOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text.replace(/^(?:"(.*)"|'(.*)')$/, '$1$2');
  }
};

/**
 * A time in the past: `5m` ago (s, m, h, d), or milliseconds since 1970.
 *
 * @throws UsageError
 */
export const timeOf = (text: string, now: number): number => {
  const [, count, unit] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  if (count === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no time: 30s, 5m, 2h, 7d, or ms since 1970`);
  const length = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 's'] ?? 0;
  return length === 0 ? Number(count) : now - Number(count) * length;
};

/**
 * A whole number within bounds.
 *
 * @throws UsageError
 */
export const countOf = (text: string | undefined, what: string, least: number, most: number): number => {
  const value = Number(text);
  if (text === undefined || !Number.isInteger(value) || value < least || value > most) {
    throw new UsageError(`${what}: expected a whole number from ${least} to ${most}`);
  }
  return value;
};
