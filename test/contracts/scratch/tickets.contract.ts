import { describe, expect, it } from 'vitest';
import { session } from '../directory/sessions.contract.ts';
import { itInTime, type StoreKind } from '../store.ts';

const alice = { user: 'alice', admin: false, session: session(5_000) };
const root = { user: 'root', admin: true, session: session(null) };

/** What {@link Scratch} promises of tickets. */
export const ticketsContract = (kind: StoreKind): void => {
  describe(`tickets (${kind.name})`, () => {
    it('[C-6] a ticket is good once, also for several who show it at once', async () => {
      const store = await kind.open();
      const { scratch } = store.adapters();
      const others = store.adapters().scratch;
      const [mine, its] = [await scratch.issueTicket(alice), await scratch.issueTicket(root)];
      const redeemed = await Promise.all([
        others.redeemTicket(mine),
        scratch.redeemTicket(mine),
        others.redeemTicket(mine),
      ]);
      expect(redeemed.filter((each) => each !== undefined)).toEqual([alice]);
      expect(await scratch.redeemTicket(mine)).toBeUndefined();
      expect(await others.redeemTicket(its)).toEqual(root);
    });

    it('[C-6] nothing but a ticket is one', async () => {
      const { scratch } = (await kind.open()).adapters();
      const ticket = await scratch.issueTicket(alice);
      for (const made of ['', 'x', 'x'.repeat(32), '*', `${ticket}\n`])
        expect(await scratch.redeemTicket(made)).toBeUndefined();
      expect(await scratch.redeemTicket(ticket)).toEqual(alice);
    });

    itInTime(kind, '[C-6] a ticket is good for 30 seconds', async () => {
      const store = await kind.open();
      const { scratch } = store.adapters();
      const [early, late] = [await scratch.issueTicket(alice), await scratch.issueTicket(alice)];
      await store.pass(29_999);
      expect(await scratch.redeemTicket(early)).toEqual(alice);
      await store.pass(1);
      expect(await scratch.redeemTicket(late)).toBeUndefined();
    });
  });
};
