/**
 * What compilers are to say of components that use a map of channels. `tsc` checks it against the source; it has React's part
 * alone that the library uses. Nothing here is run.
 */

import type { Client } from '../../client/src/index.ts';
import { hooksOf } from '../../client/src/react.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(_?: T): void => undefined;

interface Order {
  readonly total: number;
}

interface Shop {
  'order:created': Order;
  'order:*:paid': { readonly by: string };
}

const { useClient, useHistory, useSubscription } = hooksOf<Shop>();

/** A component, as far as its types go. */
export const Orders = (channel: 'order:created' | undefined): void => {
  const created = useSubscription('order:created', { replay: {} }).events[0]?.data;
  is<Equal<typeof created, Order | undefined>>();
  const paid = useSubscription('order:42:paid').events[0]?.data;
  is<Equal<typeof paid, { readonly by: string } | undefined>>();
  const maybe = useSubscription(channel).events[0]?.data;
  is<Equal<typeof maybe, Order | undefined>>();
  const { events, more } = useHistory('order:created', { limit: 2 });
  is<Equal<(typeof events)[number]['data'], Order>>();
  more();
  is<Equal<ReturnType<typeof useClient>, Client<Shop> | undefined>>();
  void useClient()?.broadcast('order:created', { total: 1 });
  // @ts-expect-error: no entry of the map fits it
  useSubscription('order:craeted');
  // @ts-expect-error: nor this
  useHistory('orders');
  // @ts-expect-error: data of another type
  void useClient()?.broadcast('order:created', { total: '1' });
};
