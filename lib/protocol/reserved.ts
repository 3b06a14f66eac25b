/** With it the first segment of every channel of the service's own begins. */
const SIGN = '$';

/** A wildcard in the first segment, or an expression. */
const NAMES_NO_FIRST = /^(?:\/|[^:.]*[*?])/;

/**
 * @param text a channel or a pattern
 * @returns whether its first segment is one of the service's own, under which nobody else publishes
 */
export const isReserved = (text: string): boolean => text.startsWith(SIGN);

/**
 * Whether a pattern may match reserved channels at all: only one that names their first segment does. So nobody hears of
 * the service itself who did not ask for it by name.
 *
 * @param pattern the text of a channel or a pattern
 */
export const namesFirstSegment = (pattern: string): boolean => !NAMES_NO_FIRST.test(pattern);

/** An expression, or anything with a wildcard. */
const NAMES_SEVERAL = /^\/|[*?]/;

/**
 * @param text a channel or a pattern
 * @returns whether it is one channel, and none of the service's own
 */
export const isPublicChannel = (text: string): boolean => !isReserved(text) && !NAMES_SEVERAL.test(text);
