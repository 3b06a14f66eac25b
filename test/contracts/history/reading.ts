import { expect } from 'vitest';
import type { Appended, Recorded } from '../../../lib/ports/broadcast.ts';
import type { History, HistoryPage, ReadFrom } from '../../../lib/ports/history.ts';

/** Where an event for all stands. @throws where it was none */
export const at = (recorded: Recorded | undefined): Appended => {
  if (recorded === undefined || !('at' in recorded)) throw new Error('not an event for all');
  return recorded.at;
};

/** Where a private event stands, by user. @throws where it was none */
export const atUser = (recorded: Recorded | undefined): [user: string, offset: number][] => {
  if (recorded === undefined || !('atUser' in recorded)) throw new Error('not a private event');
  return [...recorded.atUser].map(([user, { offset }]) => [user, offset]);
};

export const ids = (page: HistoryPage | undefined): string[] => (page?.events ?? []).map(({ id }) => id);

/** Reads a page of a channel. */
export const reading =
  (history: History) =>
  async (channel: string, from: ReadFrom, most = 100, filter = {}): Promise<HistoryPage> => {
    const [page] = await history.read([{ name: { channel }, from, most }], filter);
    return page as HistoryPage;
  };

const all = async (pages: AsyncIterable<readonly string[]>): Promise<string[]> => {
  const found: string[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};

/** The channels of some first segments that were appended to since. */
export const active = (history: History, prefixes: string[], since: number, after = ''): Promise<string[]> =>
  all(history.activeChannels(prefixes, since, after));

/** A user's, likewise. */
export const privately = (history: History, user: string, since: number, after = ''): Promise<string[]> =>
  all(history.privateChannels(user, since, after));

/** Reads page by page what is critical, of which there is one event, further away than one page looks. */
export const findRare = async (
  history: History,
  first: ReadFrom,
  next: (page: HistoryPage) => ReadFrom,
): Promise<void> => {
  const found: string[] = [];
  let from = first;
  let pages = 0;
  for (let more = true; more; pages++) {
    expect(pages).toBeLessThan(10);
    const page = await reading(history)('a', from, 10, { priorities: ['critical'] });
    found.push(...ids(page));
    ({ more } = page);
    from = next(page);
  }
  expect(found).toEqual(['rare']);
  expect(pages).toBeGreaterThan(1);
};
