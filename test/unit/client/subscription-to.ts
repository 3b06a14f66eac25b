import { Subscription } from '../../../client/src/subscription.ts';

/** A subscription that nobody hears anything of. */
export const subscriptionTo = (text: string): Subscription =>
  new Subscription(
    text,
    () => undefined,
    {},
    {
      refused: () => undefined,
      failed: () => undefined,
      end: () => undefined,
      introduced: async () => undefined,
    },
  );
