import { ERRORS, type ErrorCode } from '../errors.ts';
import { details } from '../messages/error.ts';
import { choice, list, object, optional, required, text } from '../messages/fields.ts';

/** What is refused over HTTP alone, beside what the table of errors has. */
export const HTTP_ERRORS = {
  UNAUTHENTICATED: { status: 401, meaning: 'Nothing is shown that says who asks, or nothing to be believed.' },
  NOT_FOUND: { status: 404, meaning: 'There is no such thing, or not any more.' },
  LEASED: { status: 409, meaning: 'Somebody else pulled from the consumer, and has not acknowledged it yet.' },
  LEASE_LOST: {
    status: 409,
    meaning: 'Somebody else pulled from the consumer since, or it was changed; nothing was acknowledged.',
  },
  TOO_MANY_CONSUMERS: { status: 409, meaning: 'The user has as many consumers as a user may have.' },
} as const;

export type HttpErrorCode = ErrorCode | keyof typeof HTTP_ERRORS;

/** Why nobody can tell who asks. */
export const SHORTCOMINGS = ['missing', 'expired', 'revoked', 'forged'] as const;

const { message, retryAfter, type } = details;

/** The body of an answer that refuses a request. */
export const refusal = {
  error: required(
    object({
      code: required(
        choice([...Object.keys(ERRORS), ...Object.keys(HTTP_ERRORS)], 'an error code'),
        'What is wrong, for programs',
      ),
      message,
      retryAfter,
      type,
      ids: optional(
        list(text(), 'idempotency keys'),
        'Those by which the events of the request were tried, in their order; repeated with them, each is published once',
      ),
      token: optional(choice(SHORTCOMINGS), 'Why nobody can tell who asks, where the code is `UNAUTHENTICATED`'),
    }),
    'Why it was refused',
  ),
};
