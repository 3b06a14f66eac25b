import { GrammarError, isLongerThan } from './grammar.ts';
import { alphabetWithout, type Segments, splitSegments } from './segments.ts';

/** The longest channel, in Unicode code points. */
export const MAX_CHANNEL_LENGTH = 200;

/** A name under which events are published: `memory:created`, `user:42:settings`. */
export interface Channel extends Segments {
  readonly text: string;
}

const CHANNEL_ALPHABET = alphabetWithout('*?/\\"\'`');

/**
 * Channels are compared code point by code point: nothing is trimmed, case-folded or normalised.
 *
 * @param text what is to be a channel
 * @returns the channel and its segments
 * @throws GrammarError if it is empty or longer than {@link MAX_CHANNEL_LENGTH}, has an empty segment, or holds white
 *   space, an unprintable character, `*`, `?`, `/`, `\` or one of the quotes `"`, `'` and `` ` ``
 */
export function parseChannel(text: string): Channel {
  if (isLongerThan(text, MAX_CHANNEL_LENGTH)) {
    throw new GrammarError('channel', text, `longer than ${MAX_CHANNEL_LENGTH} characters`);
  }
  const { segments, separators } = splitSegments('channel', text, CHANNEL_ALPHABET);
  return { text, segments, separators };
}

/**
 * @param channel any channel
 * @returns the category of its events where the publisher names none: the first segment
 */
export function categoryOf(channel: Channel): string {
  return channel.segments[0] ?? channel.text;
}
