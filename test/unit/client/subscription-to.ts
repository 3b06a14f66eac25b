import { type Handler, Subscription } from '../../../client/src/subscription.ts';

/** A subscription of whose end, failures and refusal nobody hears. */
export const subscriptionTo = (text: string, handler: Handler = () => undefined): Subscription =>
  new Subscription(
    text,
    handler,
    {},
    {
      refused: () => undefined,
      failed: () => undefined,
      end: () => undefined,
      introduced: async () => undefined,
    },
  );
