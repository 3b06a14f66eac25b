import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { HeardSets, type Listener } from '../../../lib/sync/heard-sets.ts';
import { mergePages } from '../../../lib/sync/merge-pages.ts';
import { connection } from './world.ts';

/** Listeners read at a time. */
const PAGE = 2;

/** For each text its channels, and for each connection the texts under which it stands. */
const audiences = fc.integer({ min: 1, max: 6 }).chain((texts) =>
  fc.record({
    channelsOf: fc.array(fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }), {
      minLength: texts,
      maxLength: texts,
    }),
    standing: fc.array(fc.uniqueArray(fc.nat(texts - 1), { minLength: 1 }), { maxLength: 12 }),
  }),
);

it('brings each connection once, with all it hears, and equal sets as one object', async () => {
  await fc.assert(
    fc.asyncProperty(audiences, async ({ channelsOf, standing }) => {
      const nameOf = (i: number): string => `c${String(i).padStart(2, '0')}`;
      const pageOf = (text: number, after: string) => {
        const members = standing.flatMap((texts, i) => (texts.includes(text) && nameOf(i) > after ? [nameOf(i)] : []));
        const listeners = members.slice(0, PAGE).map((id) => connection(id));
        return { listeners, more: listeners.length === PAGE };
      };
      const merged: Listener[] = [];
      const pages = channelsOf.map((_, text) => pageOf(text, ''));
      const sets = new HeardSets(
        channelsOf.map((channels, text) => ({ text: `t${text}`, channels })),
        Array.from({ length: 6 }, (_, channel) => `c${channel}`),
      );
      for await (const page of mergePages(sets, pages, async (behind) =>
        behind.map(({ text, after }) => pageOf(text, after)),
      )) {
        merged.push(...page);
      }

      const heard = standing.map((texts, i) => {
        const channels = new Set(texts.flatMap((text) => channelsOf[text] as number[]));
        return [nameOf(i), [...channels].sort((a, b) => a - b)];
      });
      const byName = merged.map(({ connection: { id }, heard: { channels } }) => [id, channels] as const);
      expect(byName.toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(heard);
      expect(new Set(merged.map((listener) => listener.heard)).size).toBe(
        new Set(heard.map(([, to]) => String(to))).size,
      );
    }),
    { numRuns: 500 },
  );
});

it('remembers ten thousand ways to hear something, however many an audience has', async () => {
  const [texts, page] = [14, 100];
  // Each stands under other texts: under those of its number’s bits.
  const ids = Array.from({ length: 2 ** texts - 1 }, (_, i) => connection(String(i + 1).padStart(6, '0')));
  const pageOf = (text: number, after: string) => {
    const members = ids.filter(({ id }) => id > after && ((Number(id) >> text) & 1) === 1);
    return { listeners: members.slice(0, page), more: members.length > page };
  };
  const anew = vi.spyOn(HeardSets.prototype, 'anew');
  const all = Array.from({ length: texts }, (_, text) => ({ text: `t${text}`, channels: [text] }));
  const sets = new HeardSets(all, []);
  let heard = 0;
  const pages = all.map((_, text) => pageOf(text, ''));
  for await (const listeners of mergePages(sets, pages, async (behind) =>
    behind.map(({ text, after }) => pageOf(text, after)),
  )) {
    heard += listeners.length;
  }
  expect(heard).toBe(ids.length);
  const sizes = anew.mock.contexts.map((forgotten) => (forgotten as HeardSets).size);
  expect(sizes.length).toBeGreaterThan(0);
  expect(Math.min(...sizes)).toBeGreaterThan(10_000);
  expect(Math.max(...sizes)).toBeLessThan(10_000 + texts * page);
  anew.mockRestore();
});
