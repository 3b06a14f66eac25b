import { Failure, type RequestError } from './errors.ts';
import type { Event } from './messages.ts';
import type { Subscription } from './subscription.ts';

/** A subscription was refused, or has ended because the session does not allow it any more. */
export class SubscriptionError extends Failure<'SubscriptionError', 'subscription'> {
  readonly subscription: Subscription;
  /** As in `RequestError`. */
  readonly code: string;
  override readonly cause: RequestError;

  constructor(subscription: Subscription, cause: RequestError) {
    const { code, message } = cause;
    const { text } = subscription;
    // Of most refusals the message quotes it.
    const which = message.includes(text) ? '' : `${text}: `;
    super('SubscriptionError', 'subscription', true, 'change', `${which}${code}: ${message}`);
    this.subscription = subscription;
    this.code = code;
    this.cause = cause;
  }
}

/** A handler threw, or what it returned rejected. The subscription goes on. */
export class HandlerError extends Failure<'HandlerError', 'handler'> {
  readonly subscription: Subscription;
  /** What it was called with. */
  readonly event: Event;
  /** What it threw. */
  override readonly cause: unknown;

  constructor(subscription: Subscription, event: Event, cause: unknown) {
    super('HandlerError', 'handler', false, 'mend', `A handler of ${subscription.text} failed: ${String(cause)}`);
    this.subscription = subscription;
    this.event = event;
    this.cause = cause;
  }
}
