import { describe, expect, it } from 'vitest';
import { session } from './directory/sessions.contract.ts';
import { itInTime, type StoreKind } from './store.ts';

const alice = { user: 'alice', admin: false, session: session(5_000) };
const root = { user: 'root', admin: true, session: session(null) };

/** What {@link Tickets} promises. */
export const ticketsContract = (kind: StoreKind): void => {
  describe(`tickets (${kind.name})`, () => {
    it('[C-6] a ticket is good once, also for several who show it at once', async () => {
      const store = await kind.open();
      const { tickets } = store.adapters();
      const others = store.adapters().tickets;
      const [mine, its] = [await tickets.issue(alice), await tickets.issue(root)];
      const redeemed = await Promise.all([others.redeem(mine), tickets.redeem(mine), others.redeem(mine)]);
      expect(redeemed.filter((each) => each !== undefined)).toEqual([alice]);
      expect(await tickets.redeem(mine)).toBeUndefined();
      expect(await others.redeem(its)).toEqual(root);
    });

    it('[C-6] nothing but a ticket is one', async () => {
      const { tickets } = (await kind.open()).adapters();
      const ticket = await tickets.issue(alice);
      for (const made of ['', 'x', 'x'.repeat(32), '*', `${ticket}\n`])
        expect(await tickets.redeem(made)).toBeUndefined();
      expect(await tickets.redeem(ticket)).toEqual(alice);
    });

    itInTime(kind, '[C-6] a ticket is good for 30 seconds', async () => {
      const store = await kind.open();
      const { tickets } = store.adapters();
      const [early, late] = [await tickets.issue(alice), await tickets.issue(alice)];
      await store.pass(29_999);
      expect(await tickets.redeem(early)).toEqual(alice);
      await store.pass(1);
      expect(await tickets.redeem(late)).toBeUndefined();
    });
  });
};
