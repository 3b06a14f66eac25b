import { sentenceOf } from './sentences.ts';

/** A broadcast that waits, or waited, to be sent. */
export interface QueuedWrite {
  readonly id: string;
  readonly channel: string;
  readonly data: unknown;
  /** When it was made, by the clock of the machine: ms since 1970. */
  readonly at: number;
  /** Whether an earlier page made it, which is not there to hear what becomes of it. */
  readonly isEarlier: boolean;
  /** What else it was given: `priority`, `category`, `targetUsers`, `traceparent`. */
  readonly [option: string]: unknown;
}

/**
 * What there is of a store:
 *
 * - `FAILED`, with its `cause`, for example that it is full; `NO_ANSWER` in 5 s. It is told once, until the store works again:
 *   meanwhile the client goes on without it, and what it has not stored is lost with the page.
 * - `UNREADABLE`: what is in it was not written by this library, and is passed over.
 * - `NO_LOCKS`: there are no Web Locks, as over plain HTTP, so that nothing is kept: nobody could tell whose page is gone.
 * - `ANOTHER_USER`: the session is not of the user whose store this is. Nothing in it is sent, and the client goes on without it.
 *
 * or of a broadcast:
 *
 * - `FULL`: as many wait as may. It was not taken.
 * - `CLOSED`: the client is closed, and it waits in the store for the next.
 * - `NOT_NUMBERED`: the service is too old to say whether it was published.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code:
    | 'FAILED'
    | 'NO_ANSWER'
    | 'UNREADABLE'
    | 'NO_LOCKS'
    | 'ANOTHER_USER'
    | 'FULL'
    | 'CLOSED'
    | 'NOT_NUMBERED';

  constructor(code: StorageError['code'], cause?: unknown) {
    super(sentenceOf(code, cause), { cause });
    this.code = code;
  }
}

/** A write is given up of which nobody knows what became of it, or one of an earlier page that the service refuses. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  /** `look`: nobody knows whether it was published. `change`: it was not, since the service refuses it. */
  readonly advice: 'look' | 'change';
  /** The service's. `SEQUENCE_UNKNOWN`, where nobody knows whether it was published. */
  readonly code: string;
  readonly write: QueuedWrite;

  constructor(code: string, isUnknown: boolean, write: QueuedWrite) {
    super(`${write.channel}: ${code}`);
    this.advice = isUnknown ? 'look' : 'change';
    this.code = code;
    this.write = write;
  }
}
