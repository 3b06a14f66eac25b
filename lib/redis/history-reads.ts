import type { EventFilter, HistoryPage, ReadFrom, ReadRequest } from '../ports/history.ts';
import { orAway, type RedisClient } from './client.ts';
import { epochsOf, keysOfHistory, newName } from './epochs.ts';
import type { HistoryKeys, Keys } from './keys.ts';
import { decodeStored, nameOfShared } from './stored-event.ts';

/**
 * Histories read in one round trip, and in one step of it if they lie in one slot: about a millisecond of Redis. What others
 * ask over the same connection is behind one trip at the most.
 */
const TRIP_HISTORIES = 200;
const STEP_HISTORIES = 50;

/** Histories among which entries to look at, and bytes to bring, are shared out. */
const SHARED_AMONG = 1_000;

/** Entries one step looks at, and about so many all of those histories, so that a rare category does not hold Redis up. */
const STEP_SCAN = 2_000;
const MOST_SCAN = 50_000;
/** At least so many of each history. */
const LEAST_SCAN = 100;

/** Bytes of data that those histories bring, as they are stored, and one step of them; at least so many of each history. */
const MOST_BYTES = 4 * 2 ** 20;
const STEP_BYTES = 2 ** 20;
const LEAST_BYTES = 4_096;

/** What is looked at and brought of each history, at the most. */
interface Share {
  /** Entries. */
  readonly scan: number;
  /** Bytes of data. */
  readonly bytes: number;
}

const shareOf = (histories: number): Share => ({
  scan: Math.min(STEP_SCAN, Math.max(LEAST_SCAN, Math.floor(MOST_SCAN / histories))),
  bytes: Math.min(STEP_BYTES, Math.max(LEAST_BYTES, Math.floor(MOST_BYTES / histories))),
});

/** What is read of one history. */
interface Question {
  readonly request: ReadRequest;
  /** Of its answer, among those of its trip. */
  readonly place: number;
  readonly keys: HistoryKeys;
  /** Bytes of data. */
  readonly bytes: number;
}

/** What is read at once, of histories of one slot. */
interface Step {
  /** The key of what their epochs are made of, and its shares. */
  readonly epochs: ReturnType<typeof epochsOf>;
  readonly questions: Question[];
  /** Of all questions at the most: bytes of data, and entries that are looked at. */
  bytes: number;
  entries: number;
}

/** An entry as `read.lua` gives it, and how many bytes its data has where it is stored. */
interface Entry {
  readonly fields: readonly [entry: Buffer, category: Buffer, priority: Buffer, head: Buffer, data: Buffer];
  readonly size: number;
}

/** What reading one history came to, before the data is there that stands elsewhere. */
type Found = Omit<HistoryPage, 'events'> & { readonly entries: readonly Entry[] };

/** Mode, place and epoch, as `read.lua` takes them. */
const fromOf = (from: ReadFrom): readonly [mode: string, place: number | string, epoch: string] => {
  if (from === 'latest') return ['latest', '', ''];
  if ('before' in from) return ['before', from.before?.offset ?? '', from.before?.epoch ?? ''];
  return 'since' in from ? ['since', from.since, ''] : ['after', from.after.offset, from.after.epoch];
};

const mostOf = ({ from, most }: ReadRequest): number => (from === 'latest' ? 1 : most);

const isBackwards = ({ from }: ReadRequest): boolean => typeof from === 'object' && 'before' in from;

const foundOf = ([epoch, end, missing, looked, ...fields]: readonly (Buffer | number)[], isBack: boolean): Found => {
  const entries: Entry[] = [];
  for (let i = 0; i < fields.length; i += 6) {
    entries.push({ fields: fields.slice(i, i + 5) as unknown as Entry['fields'], size: Number(fields[i + 5]) });
  }
  const [read, last] = [Number(String(looked)), Number(String(end))];
  return {
    entries: isBack ? entries.reverse() : entries,
    read: { offset: read, epoch: String(epoch) },
    more: isBack ? read > last : read < last,
    missing: missing === 1,
  };
};

/** @param shared - data that entries name; null where it is gone, which is a loss as if the entry were. */
const pageOf = ({ entries, ...page }: Found, shared: ReadonlyMap<string, Buffer | null>): HistoryPage => {
  let { missing } = page;
  const events = entries.flatMap(({ fields, size }) => {
    const [entry, category, priority, head, here] = fields;
    const name = nameOfShared(here);
    const data = name === undefined ? here : shared.get(name);
    if (data) return [decodeStored(page.read.epoch, [entry, category, priority, head, data], size)];
    missing = true;
    return [];
  });
  return { ...page, events, missing };
};

/** Reads events from Redis Streams: many histories by few steps, none of which holds Redis up. */
export class HistoryReads {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** As `History.read` has it. */
  async read(requests: readonly ReadRequest[], filter: EventFilter): Promise<readonly HistoryPage[]> {
    const pages: HistoryPage[] = [];
    for (let at = 0; at < requests.length; at += TRIP_HISTORIES) {
      const begun = at - (at % SHARED_AMONG);
      const share = shareOf(Math.min(SHARED_AMONG, requests.length - begun));
      const found = await this.#readTrip(requests.slice(at, at + TRIP_HISTORIES), filter, share);
      const shared = await orAway(this.#sharedBy(found.flatMap(({ entries }) => entries)));
      pages.push(...found.map((each) => pageOf(each, shared)));
    }
    return pages;
  }

  async #readTrip(requests: readonly ReadRequest[], filter: EventFilter, share: Share): Promise<readonly Found[]> {
    const questions = requests.map((request, place): Question => {
      const keys = keysOfHistory(this.#keys, request.name);
      return { request, place, keys, bytes: request.bytes ?? share.bytes };
    });
    const found: Found[] = [];
    await orAway(
      Promise.all(
        this.#stepsOf(questions, filter, share).map(async (step) => {
          const read = await this.#readStep(step, filter, share);
          for (const [i, { place }] of step.questions.entries()) found[place] = read[i] as Found;
        }),
      ),
    );
    return found;
  }

  #stepsOf(questions: readonly Question[], { categories, priorities }: EventFilter, { scan }: Share): readonly Step[] {
    const steps: Step[] = [];
    const latest = new Map<string, Step>();
    const isAnyWanted = categories === undefined && priorities === undefined;
    for (const question of questions) {
      const { keys, bytes, request } = question;
      const epochs = epochsOf(this.#redis, this.#keys, keys);
      const entries = isAnyWanted ? Math.min(mostOf(request), scan) : scan;
      let step = latest.get(epochs[0]);
      const isFull =
        step === undefined ||
        step.questions.length === STEP_HISTORIES ||
        step.bytes + bytes > STEP_BYTES ||
        step.entries + entries > STEP_SCAN;
      if (step === undefined || isFull) {
        step = { epochs, questions: [], bytes: 0, entries: 0 };
        latest.set(epochs[0], step);
        steps.push(step);
      }
      step.questions.push(question);
      step.bytes += bytes;
      step.entries += entries;
    }
    return steps;
  }

  async #readStep({ epochs, questions }: Step, filter: EventFilter, { scan }: Share): Promise<readonly Found[]> {
    const { categories = [], priorities = [] } = filter;
    const [name, shares] = epochs;
    const answers = await this.#redis.readBuffer(
      1 + 2 * questions.length,
      name,
      ...questions.flatMap(({ keys: [counters, events] }) => [counters, events]),
      scan,
      shares,
      newName(),
      ...[categories.length, ...categories],
      ...[priorities.length, ...priorities],
      ...questions.flatMap(({ request, bytes }) => [...fromOf(request.from), mostOf(request), bytes]),
    );
    return answers.map((answer, i) => foundOf(answer, isBackwards((questions[i] as Question).request)));
  }

  /** The data that some entries name, in one round trip; in none where they name none. */
  async #sharedBy(entries: readonly Entry[]): Promise<ReadonlyMap<string, Buffer | null>> {
    const names = [...new Set(entries.flatMap(({ fields }) => nameOfShared(fields[4]) ?? []))];
    const data = await Promise.all(names.map((name) => this.#redis.getBuffer(this.#keys.sharedData(name))));
    return new Map(names.map((name, i) => [name, data[i] ?? null]));
  }
}
