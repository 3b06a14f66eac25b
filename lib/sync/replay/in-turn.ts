import type { EventFilter, History, HistoryName, HistoryPage } from '../../ports/history.ts';
import type { Position } from '../../protocol/position.ts';
import { ANSWER_CHANNELS, ANSWER_TRIPS, Room } from './budget.ts';
import type { Merged, Told } from './merge.ts';
import type { Source } from './sources.ts';
import { wholeOf } from './whole.ts';

/** Histories first read in one round trip; then as many as those seen let expect to fill the answer. */
const FIRST = 32;

/**
 * Reads histories one after another, up to a limit. Where it stopped is where one of them was left, however many they are.
 *
 * @param limit - most events.
 * @param mostData - bytes of the largest data that the reader can take.
 */
export const readInTurn = async (
  history: History,
  sources: readonly Source[],
  filter: EventFilter,
  limit: number,
  mostData: number,
): Promise<Merged> => {
  const events: Told[] = [];
  const room = new Room();
  const missing = new Set<HistoryName>();
  const standing = new Map<HistoryName, Position>();
  const rest = [...sources];
  let done = 0;
  let isFull = false;

  /** @returns how many events of a page had room. */
  const take = async (name: HistoryName, page: HistoryPage): Promise<number> => {
    let taken = 0;
    while (taken < page.events.length) {
      const some = page.events.slice(taken).map((event) => ({ name, event }));
      for (const event of await wholeOf(history, some, mostData)) {
        const weighed = event && room.take(event, mostData);
        if (event === undefined) missing.add(name);
        else if (weighed === undefined || events.length === limit) return taken;
        else events.push({ name, event, isOmitted: weighed.isOmitted });
        taken++;
      }
    }
    return taken;
  };

  for (let trips = 0; trips < ANSWER_TRIPS && rest.length > 0 && !isFull; trips++) {
    const left = limit - events.length;
    const expected = done === 0 ? FIRST : Math.ceil((left * done) / Math.max(done, events.length));
    const some = rest.slice(0, Math.min(ANSWER_CHANNELS, expected));
    const pages = await history.read(
      some.map(({ name, from }) => ({ name, from, most: left })),
      filter,
    );
    for (const [i, page] of pages.entries()) {
      const { name } = some[i] as Source;
      if (page.missing) missing.add(name);
      const taken = await take(name, page);
      const next = page.events[taken];
      const at = next === undefined ? page.read : { epoch: next.epoch, offset: next.offset - 1 };
      standing.set(name, at);
      isFull = next !== undefined || events.length === limit;
      if (next !== undefined || page.more) {
        // The others were read in vain, or are read again behind this one.
        rest[0] = { name, from: { after: at } };
        break;
      }
      rest.shift();
      done++;
      if (isFull) break;
    }
  }

  const ofChannel = new Map(
    [...standing].flatMap(([name, at]) => (name.user === undefined ? [[name.channel, at]] : [])),
  );
  return {
    events,
    rest,
    missing: [...missing].map((name) => ({
      name,
      at: standing.get(name) as Position,
      beside: name.user === undefined ? undefined : ofChannel.get(name.channel),
    })),
  };
};
