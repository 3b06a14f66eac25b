import type { Connection } from '../ports/connection.ts';
import type { ListenersPage } from '../ports/subscriptions.ts';
import type { HeardSets, Listener, Path } from './heard-sets.ts';

/** A page per text, by the text’s number. */
export type TextPages = ListenersPage[];

/** Reads the page behind a connection, of each of some texts. */
export type NextPages = (
  behind: readonly { readonly text: number; readonly after: string }[],
) => Promise<readonly ListenersPage[]>;

/** Paths beyond which what everybody hears is worked out anew, so that it does not grow with the audience. */
const MOST_PATHS = 10_000;

const lastId = ({ listeners }: ListenersPage): string => (listeners.at(-1) as Connection).id;

/**
 * Merges the audiences of several texts, each in the order of connection ids, page by page. Up to the least of the ids at
 * which pages end, everything is known; so each connection comes once, with all it hears, in the order of ids, and no more is
 * held than a page of each text.
 *
 * @param first - the first page of each text; it is written over.
 */
export async function* mergePages(
  sets: HeardSets,
  first: TextPages,
  nextPages: NextPages,
): AsyncGenerator<readonly Listener[]> {
  const pages = first;
  const read = pages.map(() => 0);
  let hearing = sets;
  for (;;) {
    const unfinished = [...pages.keys()].filter((text) => (pages[text] as ListenersPage).more);
    const bound = unfinished
      .map((text) => lastId(pages[text] as ListenersPage))
      .reduce<string | undefined>((least, id) => (least === undefined || id < least ? id : least), undefined);

    const known = new Map<string, { connection: Connection; path: Path }>();
    for (const [text, { listeners }] of pages.entries()) {
      let i = read[text] as number;
      for (; i < listeners.length; i++) {
        const connection = listeners[i] as Connection;
        if (bound !== undefined && connection.id > bound) break;
        const listener = known.get(connection.id);
        if (listener === undefined) known.set(connection.id, { connection, path: hearing.with(undefined, text) });
        else listener.path = hearing.with(listener.path, text);
      }
      read[text] = i;
    }
    const merged = [...known.values()].map(({ connection, path }) => ({
      connection,
      heard: connection.capabilities.matched ? hearing.matchedOf(path) : hearing.of(path),
    }));
    if (pages.length > 1) merged.sort((a, b) => (a.connection.id < b.connection.id ? -1 : 1));
    if (bound === undefined) {
      if (merged.length > 0) yield merged;
      return;
    }
    const spent = unfinished.filter((text) => read[text] === (pages[text] as ListenersPage).listeners.length);
    // Read on while these are posted to.
    const reading = nextPages(spent.map((text) => ({ text, after: lastId(pages[text] as ListenersPage) })));
    reading.catch(() => undefined);
    if (merged.length > 0) yield merged;
    const next = await reading;
    for (const [i, text] of spent.entries()) {
      pages[text] = next[i] as ListenersPage;
      read[text] = 0;
    }
    if (hearing.size > MOST_PATHS) hearing = hearing.anew();
  }
}
