import { describe, expect, it } from 'vitest';
import type { Caller, Connection } from '../../lib/ports/connection.ts';
import type { ListenersPage, RegistryEntry, Subscription, Subscriptions } from '../../lib/ports/subscriptions.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import { openSession, type Session } from '../../lib/protocol/session.ts';
import { connection } from '../unit/sync/world.ts';
import { itInTime, type StoreKind } from './store.ts';

const HOUR = 3_600_000;

export const byName = (text: string): Subscription => ({ text, found: 'by-name' });
export const byShape = (text: string, shape: string): Subscription => ({ text, found: { byShape: shape } });
export const byMatching = (text: string): Subscription => ({ text, found: 'by-matching' });

/** A connection as its listeners’ page shows it. */
const shown = ({ session: _, ...listener }: Caller): Connection => listener;

const firstPages = async (subscriptions: Subscriptions, ...texts: string[]) => {
  const pages = await subscriptions.listeners(texts.map((text) => ({ text, after: undefined })));
  return pages.map(({ listeners }) => listeners);
};

/** Connections that begin to listen at the same time. */
const WIDTH = 250;

/** Lets each of these listen to `a`. */
const addAll = async (subscriptions: Subscriptions, ids: readonly string[]): Promise<void> => {
  for (let from = 0; from < ids.length; from += WIDTH) {
    const some = ids.slice(from, from + WIDTH);
    await Promise.all(some.map((id) => subscriptions.add(connection(id), [byName('a')], 1)));
  }
};

const nameOf = (entry: RegistryEntry): string => JSON.stringify(entry);

const everything = async (subscriptions: Subscriptions): Promise<string[]> =>
  (await subscriptions.changes(undefined)).added.map(nameOf).sort();

/** What {@link Subscriptions} promises. */
export const subscriptionsContract = (kind: StoreKind): void => {
  describe(`subscriptions (${kind.name})`, () => {
    it('[S-5] adds, adds again, removes and counts', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const alice = connection('A', 'alice smith');
      await subscriptions.add(alice, [byName('a'), byShape('b:*', '_:*')], 10);
      await subscriptions.add(alice, [byName('a')], 10);
      expect(await subscriptions.count('A')).toBe(2);
      expect([...(await subscriptions.held('A'))].sort()).toEqual(['a', 'b:*']);
      expect(await firstPages(subscriptions, 'a', 'b:*', 'c')).toEqual([[shown(alice)], [shown(alice)], []]);
      await subscriptions.remove(alice, ['a', 'never held']);
      await subscriptions.remove(alice, []);
      expect(await subscriptions.count('A')).toBe(1);
      expect(await firstPages(subscriptions, 'a')).toEqual([[]]);
      expect(await subscriptions.count('never')).toBe(0);
      expect(await subscriptions.held('never')).toEqual([]);
    });

    it('[S-6] refuses what would be too many, adding nothing', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const alice = connection('A');
      expect(await subscriptions.add(alice, [byName('a'), byName('b')], 3)).toBeUndefined();
      expect(await subscriptions.add(alice, [byName('c'), byMatching('/d/')], 3)).toBe('too-many');
      expect(await firstPages(subscriptions, 'c', '/d/')).toEqual([[], []]);
      expect(await everything(subscriptions)).toEqual([]);
      expect(await subscriptions.add(alice, [byName('a'), byName('b'), byName('c')], 3)).toBeUndefined();
    });

    it('[S-6] a text named twice in one request counts once', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      expect(await subscriptions.add(connection('A'), [byName('a'), byName('a'), byName('b')], 2)).toBeUndefined();
      expect(await subscriptions.count('A')).toBe(2);
    });

    it('[G-6] a subscribe under another session than the record’s is refused whole', async () => {
      const { directory, subscriptions } = (await kind.open()).adapters();
      const session: Session = { ...openSession(0), expires: 9_000 };
      await directory.open(connection('A', 'alice', session));
      expect(await subscriptions.add(connection('A', 'alice'), [byMatching('/a/')], 10)).toBe('other-session');
      expect(await subscriptions.count('A')).toBe(0);
      expect(await everything(subscriptions)).toEqual([]);
      expect(await subscriptions.add(connection('A', 'alice', session), [byMatching('/a/')], 10)).toBeUndefined();
    });

    it('reads a large audience whole, in pages in the order of ids', async () => {
      const store = await kind.open();
      const { subscriptions } = store.adapters();
      const ids = Array.from({ length: 2_500 }, (_, i) => `c${i}`);
      await addAll(subscriptions, ids);
      const read: string[] = [];
      let page: ListenersPage | undefined;
      for (let pages = 0; page?.more ?? true; pages++) {
        expect(pages).toBeLessThan(5);
        [page] = await subscriptions.listeners([{ text: 'a', after: read.at(-1) }]);
        read.push(...(page?.listeners.map(({ id }) => id) ?? []));
      }
      expect(read).toEqual(ids.sort());
    });

    it('reads fewer at a time where it is asked for fewer', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      await addAll(subscriptions, ['c1', 'c2', 'c3']);
      const pageOf = async (after: string | undefined, most: number) => {
        const [page] = await subscriptions.listeners([{ text: 'a', after, most }]);
        return { ids: page?.listeners.map(({ id }) => id), more: page?.more };
      };
      expect(await pageOf(undefined, 2)).toEqual({ ids: ['c1', 'c2'], more: true });
      expect(await pageOf('c2', 2)).toEqual({ ids: ['c3'], more: false });
      expect(await pageOf(undefined, 1_000_000)).toEqual({ ids: ['c1', 'c2', 'c3'], more: false });
    });

    it('whoever is subscribed throughout is in exactly one page, whoever comes and goes meanwhile', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const ids = Array.from({ length: 2_100 }, (_, i) => `c${1_000 + i}`);
      await addAll(subscriptions, ids);
      const read: string[] = [];
      let page: ListenersPage | undefined;
      for (let pages = 0; page?.more ?? true; pages++) {
        expect(pages).toBeLessThan(5);
        [page] = await subscriptions.listeners([{ text: 'a', after: read.at(-1) }]);
        read.push(...(page?.listeners.map(({ id }) => id) ?? []));
        // One before the place that was reached, one behind it, and the one at which the page ended.
        await subscriptions.add(connection(`a${pages}`), [byName('a')], 1);
        await subscriptions.add(connection(`d${pages}`), [byName('a')], 1);
        await subscriptions.remove(connection(read.at(-1) ?? ''), ['a']);
      }
      expect(read.filter((id) => id.startsWith('c'))).toEqual(ids);
      expect(new Set(read).size).toBe(read.length);
    });

    it('holds a listener once, as it last was, also beside one whose id begins with the same', async () => {
      const { subscriptions, directory } = (await kind.open()).adapters();
      const changed = { ...connection('A'), capabilities: parseCapabilities('batch') };
      for (const each of [connection('A'), connection('AB')]) await subscriptions.add(each, [byName('a')], 1);
      await directory.redeclare(changed);
      // Let in before that.
      await subscriptions.add(connection('A'), [byName('a')], 1);
      expect(await firstPages(subscriptions, 'a')).toEqual([[shown(changed), shown(connection('AB'))]]);
      await subscriptions.remove(changed, ['a']);
      expect(await firstPages(subscriptions, 'a')).toEqual([[shown(connection('AB'))]]);
    });

    it('a name of every object is a name like any other', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const alice = connection('constructor', '__proto__');
      await subscriptions.add(alice, [byName('__proto__'), byMatching('/toString/')], 10);
      expect(await firstPages(subscriptions, '__proto__', 'hasOwnProperty')).toEqual([[shown(alice)], []]);
      expect([...(await subscriptions.held('constructor'))].sort()).toEqual(['/toString/', '__proto__']);
    });

    it('tells a reader of the registry what is new to it', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const alice = connection('A');
      const start = await subscriptions.changes(undefined);
      expect(start).toMatchObject({ added: [], removed: [] });

      await subscriptions.add(alice, [byShape('a:*', '_:*'), byShape('b:*', '_:*'), byMatching('/c/')], 10);
      const first = await subscriptions.changes(start.place);
      expect(first.added).toEqual(expect.arrayContaining([{ shape: '_:*' }, { pattern: '/c/' }]));
      expect(first.added).toHaveLength(2);

      await subscriptions.add(alice, [byName('x'), byShape('d:*', '_:*')], 10);
      expect(await subscriptions.changes(first.place)).toEqual({
        place: first.place,
        reset: false,
        added: [],
        removed: [],
      });

      await subscriptions.add(alice, [byMatching('/e/')], 10);
      expect(await subscriptions.changes(first.place)).toMatchObject({ reset: false, added: [{ pattern: '/e/' }] });
      expect(await everything(subscriptions)).toHaveLength(3);
    });

    it('tells a reader what was removed, and of an entry that came and went only what holds', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      await subscriptions.add(connection('A'), [byMatching('/stays/'), byMatching('/goes/')], 10);
      const { place } = await subscriptions.changes(undefined);
      await subscriptions.add(connection('B'), [byMatching('/comes and goes/')], 10);
      await subscriptions.remove(connection('B'), ['/comes and goes/']);
      await subscriptions.remove(connection('A'), ['/goes/']);
      expect(await subscriptions.pruneRegistry(100)).toBe(2);
      await subscriptions.add(connection('B'), [byMatching('/goes/'), byMatching('/new/')], 10);
      await subscriptions.remove(connection('B'), ['/goes/']);
      expect(await subscriptions.pruneRegistry(100)).toBe(1);
      const { reset, added, removed } = await subscriptions.changes(place);
      expect({ reset, added }).toEqual({ reset: false, added: [{ pattern: '/new/' }] });
      expect(removed).toContainEqual({ pattern: '/goes/' });
      expect(removed).not.toContainEqual({ pattern: '/stays/' });
      expect(await everything(subscriptions)).toEqual(['{"pattern":"/new/"}', '{"pattern":"/stays/"}']);
    });

    it('tells a reader of another generation everything', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      await subscriptions.add(connection('A'), [byMatching('/1/')], 10);
      const { place } = await subscriptions.changes(undefined);
      const changes = await subscriptions.changes({ ...place, generation: 'another' });
      expect(changes).toMatchObject({ reset: true, added: [{ pattern: '/1/' }], removed: [], place });
    });

    it('enters a pattern by itself where its shape would be one too many', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const shapes = Array.from({ length: 64 }, (_, i) => `${'_:'.repeat(i)}*`);
      for (const [i, shape] of shapes.entries()) {
        await subscriptions.add(connection(`C${i}`, `user ${i}`), [byShape(`p${i}`, shape)], 1);
      }
      const { place } = await subscriptions.changes(undefined);
      await subscriptions.add(
        connection('A'),
        [byShape('one:too:many:**', '_:_:_:**'), byShape('fits:*', shapes[1] as string)],
        100,
      );
      expect((await subscriptions.changes(place)).added).toEqual([{ pattern: 'one:too:many:**' }]);
    });

    it('[S-12] one user takes no more than a share of the shapes, over however many connections', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const shapes = Array.from({ length: 64 }, (_, i) => byShape(`p${i}`, `${'_:'.repeat(i)}*`));
      await subscriptions.add(connection('A1', 'alice'), shapes.slice(0, 32), 100);
      await subscriptions.add(connection('A2', 'alice'), shapes.slice(32), 100);
      // A quarter of those that were free then, and no more; the rest is matched one by one, and heard as well.
      const { added, place } = await subscriptions.changes(undefined);
      expect(added.filter((entry) => 'shape' in entry)).toHaveLength(13);
      expect(added).toHaveLength(64);
      await subscriptions.add(connection('B', 'bob'), [byShape('b:**', '_:**')], 1);
      expect((await subscriptions.changes(place)).added).toEqual([{ shape: '_:**' }]);
      // What others have entered is no user’s share.
      await subscriptions.add(connection('A3', 'alice'), [byShape('a:**', '_:**')], 1);
      expect(await everything(subscriptions)).toHaveLength(65);
    });

    it('[S-12] refuses whole what would be more patterns of a user than one may have, and nothing of others', async () => {
      const { subscriptions } = (await kind.open()).adapters();
      const [alice, tablet] = [connection('A', 'alice'), connection('A2', 'alice')];
      await subscriptions.add(alice, [byMatching('/1/'), byName('a')], 10, 2);
      expect(await subscriptions.add(tablet, [byMatching('/2/'), byMatching('/3/'), byName('b')], 10, 2)).toBe(
        'too-many-patterns',
      );
      expect(await subscriptions.held('A2')).toEqual([]);
      expect(await firstPages(subscriptions, '/2/', '/3/', 'b')).toEqual([[], [], []]);
      expect(await everything(subscriptions)).toEqual(['{"pattern":"/1/"}']);

      // A request that is refused ends nothing that was held.
      expect(await subscriptions.add(alice, [byName('a'), byMatching('/2/'), byMatching('/3/')], 10, 2)).toBe(
        'too-many-patterns',
      );
      expect([...(await subscriptions.held('A'))].sort()).toEqual(['/1/', 'a']);
      // One that is there already is none more, nor is one that is named twice.
      expect(
        await subscriptions.add(tablet, [byMatching('/1/'), byMatching('/2/'), byMatching('/2/')], 10, 2),
      ).toBeUndefined();
      expect(await subscriptions.add(connection('B', 'bob'), [byMatching('/3/')], 10, 2)).toBeUndefined();
      expect(await subscriptions.add(tablet, [byMatching('/3/')], 10, 2)).toBeUndefined();

      // And there is room again for as many as are gone.
      await subscriptions.remove(alice, ['/1/']);
      await subscriptions.remove(tablet, ['/1/']);
      expect(await subscriptions.add(tablet, [byMatching('/4/')], 10, 2)).toBe('too-many-patterns');
      expect(await subscriptions.pruneRegistry(100)).toBe(1);
      expect(await subscriptions.add(tablet, [byMatching('/4/')], 10, 2)).toBeUndefined();
    });

    itInTime(kind, '[S-8] what nobody renews expires by itself, and what is renewed does not', async () => {
      const store = await kind.open();
      const { subscriptions } = store.adapters();
      await subscriptions.add(connection('A'), [byName('a'), byMatching('/b/')], 10);
      await store.pass(2 * HOUR);
      await subscriptions.add(connection('A'), [byName('a')], 10);
      await store.pass(HOUR);
      expect(await subscriptions.count('A')).toBe(2);
      expect(await firstPages(subscriptions, 'a', '/b/')).toEqual([[shown(connection('A'))], []]);
      expect(await everything(subscriptions)).toEqual([]);
      await store.pass(2 * HOUR);
      expect(await subscriptions.count('A')).toBe(0);
      expect(await firstPages(subscriptions, 'a')).toEqual([[]]);
    });
  });
};
