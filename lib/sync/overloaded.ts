import { ProtocolError } from '../protocol/errors.ts';

/** Milliseconds after which a client may try again: drawn for each, so that they do not all come at once. */
const LEAST = 1_000;
const MOST = 3_000;

/** What is answered when there is more to do than can be done. */
export const overloaded = (cause: unknown): ProtocolError =>
  new ProtocolError('OVERLOADED', 'The service has more to do than it can; try again later', {
    retryAfter: Math.floor(LEAST + Math.random() * (MOST - LEAST)),
    cause,
  });
