import { type Channel, parseChannel } from './channel.ts';
import { ProtocolError } from './errors.ts';
import { GrammarError } from './grammar.ts';
import { type Pattern, parsePattern, readPattern } from './pattern.ts';

const refusal = (code: 'INVALID_CHANNEL' | 'INVALID_PATTERN', cause: unknown): unknown =>
  cause instanceof GrammarError ? new ProtocolError(code, cause.message, { cause }) : cause;

/** Parses a channel named by a client. @throws ProtocolError INVALID_CHANNEL */
export const channelOf = (text: string): Channel => {
  try {
    return parseChannel(text);
  } catch (cause) {
    throw refusal('INVALID_CHANNEL', cause);
  }
};

/** Parses a pattern named by a client. @throws ProtocolError INVALID_PATTERN */
export const patternOf = (text: string): Pattern => {
  try {
    return parsePattern(text);
  } catch (cause) {
    throw refusal('INVALID_PATTERN', cause);
  }
};

/**
 * Reads a pattern named by a client and compiles nothing: for what is only looked up by its text, and for what has yet to be
 * asked before. An expression that cannot be compiled is held by nobody.
 *
 * @throws ProtocolError INVALID_PATTERN
 */
export const patternUncompiled = (text: string): Pattern => {
  try {
    return readPattern(text);
  } catch (cause) {
    throw refusal('INVALID_PATTERN', cause);
  }
};
