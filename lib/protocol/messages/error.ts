import type { ProtocolError } from '../errors.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { choice, object, optional, required, text, whole } from './fields.ts';
import { answer, type Message } from './message.ts';

/** What is said of a refusal. */
export const details = {
  code: required(choice(Object.keys(ERRORS) as ErrorCode[], 'an error code'), 'What is wrong, for programs'),
  message: required(text(), 'What is wrong, for people'),
  retryAfter: optional(whole(), 'Milliseconds after which the same request may succeed'),
  id: optional(text(), 'The idempotency key by which a broadcast was tried; repeated with it, it is published once'),
  type: optional(
    text(),
    'Which limit was reached, where the code is `RATE_LIMIT_EXCEEDED`: `connection`, `user`, `global`, `messageType`, `stored` or `passing`',
  ),
};

export const error = answer(
  'error',
  { doc: 'Refuses a request. The connection goes on, unless the code says otherwise.' },
  {
    error: required(object(details), 'Why it was refused'),
  },
);
export type ErrorMessage = Message<typeof error>;

/** The message that answers a refused request. */
export const errorMessage = (refusal: ProtocolError, requestId: ErrorMessage['requestId']): ErrorMessage => ({
  type: 'error',
  requestId,
  error: {
    code: refusal.code,
    message: refusal.message,
    ...(refusal.retryAfter === undefined ? {} : { retryAfter: refusal.retryAfter }),
    ...(refusal.ids === undefined ? {} : { id: String(refusal.ids[0]) }),
    ...(refusal.type === undefined ? {} : { type: refusal.type }),
  },
});
