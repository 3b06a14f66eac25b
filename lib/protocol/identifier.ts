import * as v from 'valibot';
import { MAX_IDENTIFIER_LENGTH } from './limits.ts';

// Printable: no control, format, surrogate, private-use or line-breaking character, and not only white space.
const PRINTABLE =
  /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}][^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]*$/u;

/** A name given by a client: a user, an idempotency key, a `requestId`. */
export const identifier = v.pipe(
  v.string('a text'),
  v.maxLength(MAX_IDENTIFIER_LENGTH, `at most ${MAX_IDENTIFIER_LENGTH} characters`),
  v.regex(PRINTABLE, `1 to ${MAX_IDENTIFIER_LENGTH} printable characters`),
);

/** Whether a value is such a name. */
export const isIdentifier = (value: unknown): value is string => v.is(identifier, value);
