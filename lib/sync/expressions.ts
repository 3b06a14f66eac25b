import { setImmediate } from 'node:timers/promises';
import { ProtocolError } from '../protocol/errors.ts';
import { patternOf } from '../protocol/names.ts';
import type { Pattern } from '../protocol/pattern.ts';

/** Expressions remembered to compile; then all are forgotten, and compiled once more. */
const MOST_KNOWN = 10_000;

/** Expressions compiled before others have their turn: about a millisecond each. */
const AT_A_TIME = 8;

/** Expressions compiled for one frame; what is compiled by then is remembered, so a frame that comes again gets further. */
export const MOST_COMPILED = 200;

/** Milliseconds after which such a frame may come again. */
const AGAIN_IN = 1_000;

const known = new Set<string>();

/** What refuses a frame that would have more compiled. */
export const tooManyToCompile = (): ProtocolError =>
  new ProtocolError(
    'OVERLOADED',
    `One request compiles ${MOST_COMPILED} regular expressions; send it again for the rest`,
    {
      retryAfter: AGAIN_IN,
    },
  );

/**
 * Checks expressions of one request, each compiled once in the life of the process, and lets others have their turn in
 * between: a frame of a thousand held everybody up for a second.
 *
 * @returns what checks a pattern, and throws ProtocolError INVALID_PATTERN, or OVERLOADED where it would be one too many.
 */
export const expressionChecker = (): ((pattern: Pattern) => Promise<void>) => {
  let compiled = 0;
  return async ({ kind, text }) => {
    if (kind !== 'regex' || known.has(text)) return;
    if (compiled === MOST_COMPILED) throw tooManyToCompile();
    if (compiled++ % AT_A_TIME === AT_A_TIME - 1) await setImmediate();
    patternOf(text);
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(text);
  };
};
