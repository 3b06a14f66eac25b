import { compile } from './match/automaton.ts';
import type { Expressions } from './match/matcher.ts';
import { parseRegex } from './match/regex.ts';
import { unquoted } from './match/source.ts';

export type { Expressions };

/**
 * What compiles the patterns that are expressions, in RE2 syntax (clause M-5), for `connect({expressions})`. Each is matched
 * in time linear in the channel.
 */
export const expressions: Expressions = (source) => compile(parseRegex(unquoted(source)));
