import { setImmediate } from 'node:timers/promises';
import { patternOf } from '../protocol/names.ts';
import type { Pattern } from '../protocol/pattern.ts';

/** Expressions remembered to compile; then all are forgotten, and compiled once more. */
const MOST_KNOWN = 10_000;

/** Expressions compiled before others have their turn: about a millisecond each. */
const AT_A_TIME = 8;

const known = new Set<string>();

/**
 * Checks expressions of one request, each compiled once in the life of the process, and lets others have their turn in
 * between: a frame of a thousand held everybody up for a second.
 *
 * @returns what checks a pattern, and throws ProtocolError INVALID_PATTERN.
 */
export const expressionChecker = (): ((pattern: Pattern) => Promise<void>) => {
  let compiled = 0;
  return async ({ kind, text }) => {
    if (kind !== 'regex' || known.has(text)) return;
    if (compiled++ % AT_A_TIME === AT_A_TIME - 1) await setImmediate();
    patternOf(text);
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(text);
  };
};
