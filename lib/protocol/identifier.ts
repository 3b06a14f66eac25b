import * as v from 'valibot';
import { A_NAME } from './codec/expected.ts';
import { UNPRINTABLE } from './grammar.ts';
import { MAX_IDENTIFIER_LENGTH } from './limits.ts';

const VISIBLE = /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}]/u;

// The length comes first, and both expressions look at one character at a time: whoever sends a text chooses its length,
// and one expression for all of it goes back over what it has read.
const isName = (text: string): boolean =>
  text.length <= MAX_IDENTIFIER_LENGTH && !UNPRINTABLE.test(text) && VISIBLE.test(text);

/** A name given by a client: a user, an idempotency key, a `requestId`. Printable, and not only white space. */
export const identifier = v.pipe(v.string(A_NAME), v.check(isName, A_NAME));

/** Whether a value is such a name. */
export const isIdentifier = (value: unknown): value is string => v.is(identifier, value);
