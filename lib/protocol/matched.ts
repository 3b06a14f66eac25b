import { fits } from './utf8.ts';

/** Texts that an event names, at most, and bytes of their list as JSON. */
const MOST_MATCHED = 32;
const MOST_MATCHED_BYTES = 2_048;

/** What of its hearer's subscriptions an event fits, by their texts; null where that is more than it names. */
export type Matched = readonly string[] | null;

/**
 * What an event says that it fits: the channel's own name first, then patterns by their UTF-16 code units.
 *
 * @param texts - of the subscriptions of one connection, each once, that the channel fits.
 */
export const matchedOf = (channel: string, texts: readonly string[]): Matched => {
  if (texts.length > MOST_MATCHED) return null;
  const patterns = texts.filter((text) => text !== channel).sort();
  const list = patterns.length < texts.length ? [channel, ...patterns] : patterns;
  return fits(JSON.stringify(list), MOST_MATCHED_BYTES) ? list : null;
};
