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
 * The store failed. It is told once, until the store works again; meanwhile the client goes on without it, and what it has not
 * stored is lost with the page.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly about = 'storage';
  /** Whether nothing of the store is used any more. */
  readonly isFinal: boolean;
  readonly advice: 'wait' | 'change';
  /**
   * `FAILED`: `cause` says why, for example that it is full. `NO_ANSWER`: it did not answer in 5 s. `UNREADABLE`: what is in it
   * was not written by this library. `NO_LOCKS`: there are no Web Locks, as over plain HTTP, so that no broadcast is kept: nobody
   * could tell whose page is gone. `ANOTHER_USER`: the session is not of the user whose store this is, so that nothing in it
   * is sent.
   */
  readonly code:
    | 'FAILED'
    | 'NO_ANSWER'
    | 'UNREADABLE'
    | 'NO_LOCKS'
    | 'ANOTHER_USER'
    | 'NOT_NUMBERED'
    | 'FULL'
    | 'CLOSED';

  constructor(code: StorageError['code'], cause?: unknown) {
    super(`Storage: ${code}`, { cause });
    this.isFinal = code === 'ANOTHER_USER';
    this.advice = this.isFinal ? 'change' : 'wait';
    this.code = code;
  }
}

/** A write of an earlier page is given up: nobody else would hear of it. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  readonly about = 'broadcast';
  readonly isFinal = true;
  /** `look`: nobody knows whether it was published. `change`: it was not, since the service refuses it. */
  readonly advice: 'look' | 'change';
  /** The service's. `SEQUENCE_UNKNOWN`, where nobody knows whether it was published. */
  readonly code: string;
  readonly write: QueuedWrite;

  constructor(code: string, isUnknown: boolean, write: QueuedWrite) {
    super(`An earlier write to ${write.channel}: ${code}`);
    this.advice = isUnknown ? 'look' : 'change';
    this.code = code;
    this.write = write;
  }
}
