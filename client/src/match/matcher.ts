import { RequestError } from '../errors.ts';
import { ofSegments } from './segments.ts';

/**
 * Compiles expressions.
 *
 * @param source - an expression in RE2 syntax, without its slashes.
 * @returns whether it describes a channel from its first character to its last.
 * @throws SyntaxError for one that cannot be read.
 */
export type Expressions = (source: string) => (channel: string) => boolean;

/** Whether a text names one channel, rather than being a pattern. */
export const isChannel = (text: string): boolean => !/^\/|[*?]/.test(text);

const compiled = (text: string, expressions: Expressions | undefined): ReturnType<Expressions> => {
  if (isChannel(text)) return (channel) => channel === text;
  if (text[0] !== '/') return ofSegments(text);
  if (expressions !== undefined) return expressions(text.slice(1, -1));
  const needed = 'connect({expressions}), from realtime-sync-client/expressions';
  throw new RequestError('subscription', 'NOT_AVAILABLE', `An expression needs ${needed}`);
};

/**
 * @param text a channel or a pattern.
 * @param expressions what compiles those between slashes; without it there are none.
 * @returns whether it hears a channel; one whose first segment begins with `$`, only where it names that segment.
 * @throws SyntaxError for an expression that cannot be read.
 * @throws RequestError NOT_AVAILABLE for an expression where nothing compiles them.
 */
export const matcherOf = (text: string, expressions?: Expressions): ReturnType<Expressions> => {
  const hears = compiled(text, expressions);
  return (channel) => (channel[0] !== '$' || !/^(\/|[^:.]*[*?])/.test(text)) && hears(channel);
};
