import { compile } from './automaton.ts';
import { parseRegex } from './regex.ts';
import { sourceOf } from './source.ts';

/** Whether a text names one channel, rather than being a pattern. */
export const isChannel = (text: string): boolean => !/^\/|[*?]/.test(text);

/**
 * @param text a channel or a pattern.
 * @returns whether it hears a channel; one whose first segment begins with `$`, only where it names that segment.
 * @throws SyntaxError for a regular expression that cannot be read.
 */
export const matcherOf = (text: string): ((channel: string) => boolean) => {
  const hears = isChannel(text) ? (channel: string) => channel === text : compile(parseRegex(sourceOf(text)));
  return (channel) => (channel[0] !== '$' || !/^(\/|[^:.]*[*?])/.test(text)) && hears(channel);
};
