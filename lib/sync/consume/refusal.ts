import type { ConsumerErrorCode } from '../../protocol/http/consumers.ts';

/** A request of a consumer that is refused for what becomes of that consumer. */
export class ConsumerRefused extends Error {
  override readonly name = 'ConsumerRefused';
  readonly code: ConsumerErrorCode;
  /** Milliseconds after which the same request may be taken, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(code: ConsumerErrorCode, message: string, retryAfter?: number) {
    super(message);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** What refuses a request for a consumer that is not there. */
export const noSuchConsumer = (name: string): ConsumerRefused =>
  new ConsumerRefused('NOT_FOUND', `There is no consumer ${JSON.stringify(name)}, or not any more`);
