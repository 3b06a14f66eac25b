import { RE2JS } from 're2js';
import { MatchCache } from './match-cache.ts';
import { type RequiredLiterals, requiredLiterals } from './required-literals.ts';

/** Expressions remembered: a usual one takes some 8 KiB, the largest that is taken ten times as much. Measured. */
const MOST_KNOWN = 1_000;

/** An expression made ready to be matched. */
interface Compiled {
  readonly program: RE2JS;
  /** Without these a text need not be tried. */
  readonly literals: RequiredLiterals;
}

const known = new MatchCache<Compiled>(MOST_KNOWN);
let compilations = 0;

/**
 * Compiles an expression, which takes about a millisecond, or remembers it: a connection’s expressions are needed again
 * with each of its pings and replays.
 *
 * @param source in RE2 syntax, that was checked
 */
export function compiledOf(source: string): Compiled {
  return known.get(source, () => {
    compilations++;
    const program = RE2JS.compile(source);
    return { program, literals: requiredLiterals(program) };
  });
}

/** How many expressions this process compiled so far. */
export const compilationsSoFar = (): number => compilations;
