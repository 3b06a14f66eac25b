import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { event } from '../../unit/sync/world.ts';
import { itInTime, type StoreKind } from '../store.ts';
import { active, privately } from './reading.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Which channels something was appended to. */
export const activeContract = (kind: StoreKind): void => {
  describe(`the history (${kind.name})`, () => {
    it('[R-10] finds the channels active under a first segment, and a user’s private ones', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now();
      await history.append([
        event('user:1', '1'),
        event('user:2', '2'),
        event('memory.x', '3'),
        event('user:3', '4', { targetUsers: ['alice', 'bob'] }),
      ]);
      expect(await active(history, ['user:'], began)).toEqual(['user:1', 'user:2']);
      expect(await active(history, ['user:', 'never:'], began)).toEqual(['user:1', 'user:2']);
      expect(await active(history, [''], began)).toEqual(['memory.x', 'user:1', 'user:2']);
      expect(await active(history, [''], began + 10 * MINUTE)).toEqual([]);
      expect(await privately(history, 'alice', began)).toEqual(['user:3']);
      expect(await privately(history, 'carol', began)).toEqual([]);
    });

    it('[R-10] finds the channels of a pattern whatever the clock says of whoever appended to them', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now();
      store.ahead = -10 * MINUTE;
      await history.append([event('jump:a', '1'), event('jump:b', '1', { targetUsers: ['alice'] })]);
      expect(await active(history, ['jump:'], began)).toEqual(['jump:a']);
      expect(await privately(history, 'alice', began)).toEqual(['jump:b']);
    });

    it('[R-12] finds them in the order of their names, behind any name, whatever they begin with', async () => {
      const store = await kind.open();
      const began = store.now();
      // Parts of which some begin others, and characters on both sides of those that separate, and behind U+FFFF.
      const part = fc.stringMatching(/^[ab]?([-:.0b；𝒳]?[ab])?$/u);
      const channel = fc
        .tuple(part, fc.constantFrom('', '.', ':', '-', '0', '𝒳', '；'), part)
        .map(([one, between, other]) => `${one}${between}${other}`)
        .filter((text) => /^[^:.]+([:.][^:.]+)*$/.test(text));
      const { history } = store.adapters();
      const known = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(channel, { minLength: 1, maxLength: 20 }),
          fc.array(fc.oneof(fc.constant(''), part, channel), { minLength: 1, maxLength: 3 }),
          fc.oneof(fc.constant(''), part, channel),
          async (channels, prefixes, after) => {
            await history.append(
              channels.flatMap((text, i) => [event(text, `${i}`), event(text, `p${i}`, { targetUsers: ['alice'] })]),
            );
            for (const text of channels) known.add(text);
            const behind = [...known].filter((text) => text > after).sort();
            const asked = behind.filter((text) => prefixes.some((prefix) => text.startsWith(prefix)));
            expect(await active(history, prefixes, began, after)).toEqual(asked);
            expect(await privately(history, 'alice', began, after)).toEqual(behind);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('[R-12] finds the few that are active among thousands, and the next of thousands, in order', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const name = (i: number): string => `many:${String(i).padStart(4, '0')}`;
      const names = Array.from({ length: 2_500 }, (_, i) => name(i));
      const began = store.now();
      await history.append(names.map((text) => event(text, '1')));
      expect(await active(history, ['many:'], began)).toEqual(names);
      expect(await active(history, ['many:1', 'many:2', ''], began, name(1_200))).toEqual(names.slice(1_201));
      store.ahead = 10 * MINUTE;
      const few = [name(2_400), name(3), name(1_999)];
      await store.adapters().history.append(few.map((text) => event(text, '2')));
      expect(await active(history, [''], began + 9 * MINUTE)).toEqual([...few].sort());
      expect(await active(history, ['many:2'], began + 9 * MINUTE, name(2_000))).toEqual([name(2_400)]);
    });

    it('[R-12] finds channels of a thousand first segments in order', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const names = Array.from({ length: 1_200 }, (_, i) => `${i}:x`).sort();
      const began = store.now();
      await history.append(names.map((text) => event(text, '1')));
      expect(await active(history, [''], began)).toEqual(names);
      expect(await active(history, ['1'], began, '11:x')).toEqual(
        names.filter((text) => text.startsWith('1') && text > '11:x'),
      );
    });

    it('finds thousands of channels appended to at one instant', async () => {
      const store = await kind.open();
      const { history } = store.adapters();
      const began = store.now();
      await history.append(Array.from({ length: 1_500 }, (_, i) => event(`many:${i}`, '1')));
      expect(await active(history, ['many:'], began)).toHaveLength(1_500);
    });

    itInTime(kind, 'forgets channels that were long silent', async () => {
      const store = await kind.open();
      const { history } = store.adapters({ retention: HOUR });
      await history.append([event('x:old', '1'), event('y:old', '1'), event('x:own', '1', { targetUsers: ['alice'] })]);
      await store.pass(2 * HOUR);
      await history.append([event('x:new', '1')]);
      expect(await active(history, [''], 0)).toEqual(['x:new']);
      expect(await privately(history, 'alice', 0)).toEqual([]);
    });
  });
};
