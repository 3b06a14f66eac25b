import { describe, expect, it } from 'vitest';
import { connection } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';
import { byName } from '../subscriptions.contract.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Long after everything has become due, milliseconds since 1970. */
const LATE = Number.MAX_SAFE_INTEGER;

/** What {@link Directory} promises the sweeper. */
export const sweepingContract = (kind: StoreKind): void => {
  describe(`what is to be swept (${kind.name})`, () => {
    it('[S-8] every connection that was opened, or subscribed, comes up until it is closed', async () => {
      const store = await kind.open();
      const { directory, subscriptions } = store.adapters();
      await directory.open(connection('opened'));
      await subscriptions.add(connection('subscribed'), [byName('a')], 10);
      await directory.open(connection('closed'));
      await directory.close('closed');
      expect(await directory.due(store.now(), 10)).toEqual([]);
      const due = await directory.due(LATE, 10);
      expect(due.map(({ id, endpoint }) => [id, endpoint]).sort()).toEqual([
        ['opened', 'http://gateway'],
        ['subscribed', 'http://gateway'],
      ]);
      expect(await directory.due(LATE, 1)).toHaveLength(1);
    });

    it('[S-8] one that was put off comes up later, behind those overdue for longer; one that was closed never', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      for (const id of ['A', 'B', 'C']) await directory.open(connection(id));
      await directory.close('C');
      await directory.postpone('A', store.now() + 2 * HOUR);
      await directory.postpone('B', store.now() + HOUR);
      await directory.postpone('C', store.now());
      const ids = async (now: number) => (await directory.due(now, 10)).map(({ id }) => id);
      expect(await ids(store.now() + 30 * MINUTE)).toEqual([]);
      expect(await ids(store.now() + 90 * MINUTE)).toEqual(['B']);
      expect(await ids(LATE)).toEqual(['B', 'A']);
    });

    it('[S-8] opening or subscribing again does not put off the look for a connection', async () => {
      const store = await kind.open();
      const { directory, subscriptions } = store.adapters();
      await directory.open(connection('A'));
      await directory.postpone('A', store.now());
      await directory.open(connection('A'));
      await subscriptions.add(connection('A'), [byName('a')], 10);
      expect(await directory.due(store.now() + 1, 10)).toMatchObject([{ id: 'A' }]);
    });

    itInTime(kind, 'says how long a connection has been quiet', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.open(connection('A'));
      await store.pass(11 * MINUTE);
      expect(await directory.due(store.now(), 10)).toEqual([
        { id: 'A', endpoint: 'http://gateway', quiet: 11 * MINUTE },
      ]);
      await directory.seen('A');
      await store.pass(MINUTE);
      expect(await directory.due(store.now(), 10)).toMatchObject([{ quiet: MINUTE }]);
      await store.pass(3 * HOUR);
      expect(await directory.due(store.now(), 10)).toEqual([
        { id: 'A', endpoint: undefined, quiet: Number.POSITIVE_INFINITY },
      ]);
    });

    it('[E-7] a socket that could not be closed comes up until it is, and nothing else is left of its connection', async () => {
      const store = await kind.open();
      const { directory, subscriptions } = store.adapters();
      for (const id of ['A', 'B']) await directory.open(connection(id));
      await subscriptions.add(connection('A'), [byName('a')], 10);
      await directory.leave(connection('A'));
      await directory.leave(connection('A'));
      await directory.leave({ ...connection('B'), endpoint: 'http://other:1/stage' });
      expect(await directory.due(LATE, 10)).toEqual([]);
      expect(await subscriptions.count('A')).toBe(0);
      const unclosed = await directory.unclosed(10);
      expect(unclosed).toEqual([
        { id: 'A', endpoint: 'http://gateway' },
        { id: 'B', endpoint: 'http://other:1/stage' },
      ]);
      expect(await directory.unclosed(1)).toHaveLength(1);
      await directory.forgetUnclosed({ id: 'A', endpoint: 'http://gateway' });
      await directory.forgetUnclosed({ id: 'A', endpoint: 'http://gateway' });
      expect(await directory.unclosed(10)).toMatchObject([{ id: 'B' }]);
    });

    itInTime(kind, 'forgets a socket that the gateway itself has closed by now', async () => {
      const store = await kind.open();
      const { directory } = store.adapters();
      await directory.leave(connection('A'));
      await store.pass(3 * HOUR);
      await directory.leave(connection('B'));
      expect(await directory.unclosed(10)).toMatchObject([{ id: 'B' }]);
    });
  });
};
