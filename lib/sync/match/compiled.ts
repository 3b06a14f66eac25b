import { RE2JS } from 're2js';
import type { RegexPattern } from '../../protocol/pattern.ts';
import { MatchCache } from './match-cache.ts';

/** Expressions remembered: a usual one takes some 8 KiB, the largest that is taken ten times as much. Measured. */
const MOST_KNOWN = 1_000;

/** A `^` that can be left out, as every expression is anchored: it stands first and nothing repeats it. */
const NEEDLESS_ANCHOR = /^\^(?![*+?{])/;

const known = new MatchCache<RE2JS>(MOST_KNOWN);
let compilations = 0;

/** An expression as it is compiled. */
export const sourceOf = ({ source }: RegexPattern): string => source.replace(NEEDLESS_ANCHOR, '');

/**
 * Compiles an expression, which takes about a millisecond, or remembers it: a connection’s expressions are needed again
 * with each of its pings and replays.
 *
 * @param source in RE2 syntax
 * @throws what RE2 throws where it is none
 */
export function compiledOf(source: string): RE2JS {
  return known.get(source, () => {
    compilations++;
    return RE2JS.compile(source);
  });
}

/** How many expressions this process compiled so far. */
export const compilationsSoFar = (): number => compilations;
