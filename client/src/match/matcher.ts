import { compile } from './automaton.ts';
import { parseRegex } from './regex.ts';
import { sourceOf } from './source.ts';

/** Whether a text names one channel, rather than being a pattern. */
export const isChannel = (text: string): boolean => !text.startsWith('/') && !/[*?]/.test(text);

/**
 * @param text a channel or a pattern.
 * @returns whether it hears a channel.
 * @throws SyntaxError for a regular expression that cannot be read.
 */
export const matcherOf = (text: string): ((channel: string) => boolean) =>
  isChannel(text) ? (channel) => channel === text : compile(parseRegex(sourceOf(text)));
