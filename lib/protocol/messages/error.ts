import type { ProtocolError } from '../errors.ts';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { choice, object, optional, required, text, whole } from './fields.ts';
import { answer, type Message } from './message.ts';

export const error = answer(
  'error',
  { doc: 'A request was refused. The connection survives it, unless the code says otherwise.' },
  {
    error: required(
      object({
        code: required(choice(Object.keys(ERRORS) as ErrorCode[], 'an error code'), 'One of the table of errors'),
        message: required(text(), 'For people'),
        retryAfter: optional(whole(), 'Milliseconds after which the same request may succeed'),
        type: optional(text(), 'What the code is about, where it is about one of several things'),
      }),
      'Why',
    ),
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
    ...(refusal.type === undefined ? {} : { type: refusal.type }),
  },
});
