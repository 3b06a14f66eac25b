import { onAbort } from '../abortable.ts';
import type { Client } from '../client.ts';
import { type Clock, withTimeout } from '../clock.ts';
import { deferred } from '../deferred.ts';
import { type QueuedWrite, StorageError, WriteError } from './errors.ts';
import type { GuardedStore } from './guarded-store.ts';
import type { Keys } from './keys.ts';
import { type Release, takeLock, type WebLocks } from './locks.ts';
import { type Publisher, type QueueEntry, shown, sizeOf, storedOf, type Write } from './queue-entry.ts';

/** Numbers from the lowest that the store still has to the highest that was sent: so many the service remembers one by one. */
const WINDOW = 100;
/** Numbers that are written down as used at once: a page that ends leaves out what it did not use. */
const BLOCK = 1_000;
/**
 * Milliseconds that a page waits for one that begins, and then for the one before it in its tab, which may be about to end, before
 * it sends what is its own.
 */
const PREDECESSOR = 1_000;
/** Milliseconds between two looks for what pages have left that are gone. */
const LOOK = 60_000;
export interface KeptWritesOptions {
  readonly client: Pick<Client, 'on' | 'state'>;
  /** Sends a broadcast, as the client does; the number goes with it. */
  readonly broadcast: Client['broadcast'];
  /** Most writes that may wait. */
  readonly maxOutbox: number;
  readonly tell: (error: StorageError | WriteError) => void;
  /** Whose writes they are. */
  readonly user: string;
  readonly store: GuardedStore;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Milliseconds since any beginning, by a clock that nobody sets. */
  readonly elapsed: () => number;
  readonly locks: WebLocks | null;
  /** Bytes of all that waits, at the most. */
  readonly maxBytes: number;
  /** Told of each write of an earlier page that the service has safe now. */
  readonly onSent: (write: QueuedWrite) => void;
}

export interface KeptWrites {
  /** Queues a write. @returns as `broadcast`. */
  readonly add: (write: Write & { readonly signal?: AbortSignal | undefined }) => Promise<{ readonly id: string }>;
  /** What waits, in the order in which it will be sent. */
  readonly pending: () => Promise<readonly QueuedWrite[]>;
  /** Ends it. Resolves once all is stored. */
  readonly end: () => Promise<void>;
}

/** Calls off what is not to be sent. */
const JUDGED = AbortSignal.abort();

type Failure = Error & { readonly code?: string };

/** Queues broadcasts that outlive their page, and sends those of pages that are gone. */
export const keptWrites = (options: KeptWritesOptions): KeptWrites => {
  const { client, broadcast, maxOutbox, tell, user, store, keys, clock, elapsed, locks, maxBytes, onSent } = options;
  /** What was given to the outbox, and is in the store. */
  const out = new Set<QueueEntry>();
  let queue: QueueEntry[] = [];
  /** Publishers that this page goes by, or will once the page is gone that does. */
  const known = new Set<string>();
  const releases: Release[] = [];
  let own: Publisher;
  let rank = 0;
  let bytes = 0;
  /** What has to be taken over before anything is sent: else it might come behind what was made later. */
  let awaited = 1;
  /** Resolves once all of that is taken over which was asked for last. */
  let taken: Promise<unknown> | undefined;
  let stop = (): void => undefined;
  let isSending = false;
  let isOver = false;
  /** By how much the service's clock is ahead of what has elapsed. Until it has said so, it is taken to be 1970. */
  let ahead = -elapsed();
  /** Whether the service remembers numbers, once it has said so. */
  let isNumbering: boolean | undefined;

  const forAWhile = (task: Promise<unknown> | undefined): Promise<unknown> =>
    withTimeout(clock, PREDECESSOR, task, () => undefined);

  const all = (): readonly QueueEntry[] => [...out, ...queue];

  const inOrder = (a: QueueEntry, b: QueueEntry): number => a.rank - b.rank || a.number - b.number;

  const keyOf = ({ rank: its, publisher, number }: QueueEntry): string => keys.write(its, publisher.name, number);

  const publisherOf = (name: string, next: number, release: Release): Publisher => {
    known.add(name);
    releases.push(release);
    return { name, next, reserved: next, recorded: undefined, marks: [], release };
  };

  const freshPublisher = async (): Promise<Publisher> => {
    const name = `${clock.random()}${clock.random()}`;
    return publisherOf(name, 1, (await takeLock(locks, keys.lock(name), false)) as Release);
  };

  /** Reads a value that this library has written. */
  const parsed = <Value>(text: string | undefined, otherwise: Value): Value => {
    try {
      return text === undefined ? otherwise : JSON.parse(text);
    } catch (error) {
      tell(new StorageError('UNREADABLE', error));
      return otherwise;
    }
  };

  /** Gives a write its number, and stores it. Those of one page are given theirs in their order. */
  const keep = async (entry: QueueEntry): Promise<void> => {
    const publisher = own;
    const number = publisher.next++;
    Object.assign(entry, { publisher, number, rank });
    if (number >= publisher.reserved) {
      publisher.reserved = number + BLOCK;
      publisher.recorded = store.set(keys.publisher(publisher.name), `${publisher.reserved}`);
    }
    // A number that is in the store is never used again.
    await publisher.recorded;
    await store.set(keyOf(entry), storedOf(entry));
    entry.isKept = true;
    void send();
  };

  const remove = async (entry: QueueEntry): Promise<void> => {
    bytes -= sizeOf(entry);
    await entry.kept;
    if (!entry.isKept) return;
    await store.delete(keyOf(entry));
    out.delete(entry);
    giveBack(entry.publisher);
    void send();
  };

  /** Another page may go by a name of which nothing is left. */
  const giveBack = ({ name, release }: Publisher): void => {
    if (name === own.name || all().some(({ publisher }) => publisher.name === name)) return;
    known.delete(name);
    void store.delete(keys.marks(name)).then(release);
  };

  const giveUp = (entry: QueueEntry, error: Failure, isUnknown = false): void => {
    const { own: made } = entry;
    const told = made && !isUnknown ? error : new WriteError(error.code ?? error.name, isUnknown, shown(entry));
    if (made) made.reject(told);
    else tell(told as WriteError);
    void remove(entry);
  };

  /** Has it sent once more, before what is behind it. */
  const repeat = (entry: QueueEntry): void => {
    out.delete(entry);
    queue = [entry, ...queue].sort(inOrder);
    void send();
  };

  /** Somebody else has used its number, of a store that was copied or has lost its latest: nothing new goes by that name any more. */
  const renumber = async (entry: QueueEntry): Promise<void> => {
    const key = keyOf(entry);
    const { name } = entry.publisher;
    Object.assign(entry, { isKept: false, sent: undefined, sentBefore: undefined });
    repeat(entry);
    if (name === own.name) own = await freshPublisher();
    void store.delete(keys.publisher(name));
    await keep(entry);
    await store.delete(key);
  };

  const refuse = (entry: QueueEntry, error: Failure): void => {
    const { code, name } = error;
    const isUsed = code === 'SEQUENCE_USED';
    // It stays in the store.
    if (isOver) entry.own?.reject(new StorageError('CLOSED', error));
    else if (entry.signal?.aborted) giveUp(entry, error);
    // The client repeats it for five minutes, without saying that it does; then its time has to be said.
    else if (name === 'OutcomeUnknownError' || (isUsed && entry.sentBefore === undefined)) {
      entry.sentBefore ??= entry.sent;
      repeat(entry);
    }
    // Of what an earlier page made nobody knows for sure that it was not that page.
    else if (isUsed && entry.own !== undefined) void renumber(entry);
    else giveUp(entry, error, String(code).startsWith('SEQUENCE_'));
  };

  const hand = (entry: QueueEntry): void => {
    const { text, publisher, number, sentBefore, signal } = entry;
    out.add(entry);
    // It remembers ids for minutes, and could publish it twice.
    if (sentBefore !== undefined && isNumbering === false) {
      giveUp(entry, new StorageError('NOT_NUMBERED'), true);
      return;
    }
    const { channel, data, ...rest } = JSON.parse(text) as Write;
    const sequence = { publisher: publisher.name, number, sent: sentBefore };
    broadcast(channel, data, { ...rest, ...(signal && { signal }), ...{ sequence } }).then(
      (acked) => {
        if (entry.own === undefined) onSent(shown(entry));
        else entry.own.resolve(acked);
        void remove(entry);
      },
      (error: Failure) => refuse(entry, error),
    );
  };

  /** What can be sent next: of one publisher, and no more than it may have under way. */
  const nextGroup = (): QueueEntry[] => {
    const group: QueueEntry[] = [];
    if (awaited > 0 || isOver || client.state !== 'connected') return group;
    for (const entry of queue) {
      const { isKept, publisher, number, sentBefore } = entry;
      const [first = entry] = [...[...out].filter((each) => each.publisher === publisher), ...group];
      const isOther = group.some((each) => each.publisher !== publisher);
      // Nothing is repeated to a service that has not said yet whether it remembers numbers.
      const mayRepeat = sentBefore === undefined || isNumbering !== undefined;
      if (!isKept || isOther || !mayRepeat || number >= first.number + WINDOW) break;
      if (out.size + group.length >= Math.min(WINDOW, maxOutbox)) break;
      group.push(entry);
    }
    return group;
  };

  /** Writes down that they may be sent from now on. */
  const mark = async (group: readonly QueueEntry[]): Promise<void> => {
    const { publisher, number } = group.at(-1) as QueueEntry;
    // By the service’s clock, or too early.
    const sent = Math.max(0, Math.floor(ahead + elapsed()));
    for (const entry of group) entry.sent ??= sent;
    if (number <= (publisher.marks.at(-1)?.[0] ?? 0)) return;
    publisher.marks = [...publisher.marks.filter(([upTo]) => upTo > number - WINDOW), [number, sent]];
    await store.set(keys.marks(publisher.name), JSON.stringify(publisher.marks));
  };

  const send = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    for (let group = nextGroup(); group.length > 0; group = nextGroup()) {
      await mark(group);
      // What came or went meanwhile is looked at anew.
      for (const entry of nextGroup()) {
        if (!group.includes(entry)) break;
        queue = queue.filter((other) => other !== entry);
        hand(entry);
      }
    }
    isSending = false;
  };

  /** Takes over what a page has left that is gone. */
  const adopt = async (publisher: Publisher): Promise<void> => {
    const { name } = publisher;
    publisher.marks = parsed<Publisher['marks']>(await store.get(keys.marks(name)), []);
    for (const [key, text] of await store.entries(keys.writes)) {
      const [its, whose, nth] = keys.partsOf(key);
      const [at, write] = parsed<readonly [number, Write?]>(whose === name ? text : undefined, [0]);
      if (write === undefined) continue;
      const number = Number(nth);
      const entry: QueueEntry = {
        ...{ text: JSON.stringify(write), at, rank: Number(its) },
        ...{ publisher, number, isKept: true },
        sentBefore: publisher.marks.find(([upTo]) => number <= upTo)?.[1],
      };
      publisher.next = Math.max(publisher.next, number + 1);
      bytes += sizeOf(entry);
      queue.push(entry);
    }
    queue.sort(inOrder);
    giveBack(publisher);
  };

  /** Waits until a page is gone, and takes over what it has left. */
  const succeed = async (name: string): Promise<void> => {
    known.add(name);
    const release = await takeLock(locks, keys.lock(name), false);
    awaited++;
    await adopt(publisherOf(name, 0, release as Release));
    awaited--;
    if (isOver) release?.();
    void send();
  };

  /** Asks for what pages have left: what is there of pages that are gone is taken over, and of others once they are. */
  const succeedAll = async (): Promise<void> => {
    const left = (await store.entries(keys.writes)).map(([key]) => keys.partsOf(key));
    rank ||= 1 + Math.max(0, ...left.map(([its]) => Number(its)));
    // What is asked for is known from then on.
    taken = Promise.all(left.flatMap(([, name]) => (known.has(name) ? [] : succeed(name))));
  };

  /** Finds a name to go by that no other page has. */
  const choose = async (): Promise<Publisher> => {
    for (const [key] of await store.entries(keys.publishers)) {
      const name = key.slice(keys.publishers.length);
      const release = await takeLock(locks, keys.lock(name), true);
      // Others may have gone by it since that was read, of which a page that was frozen learns late.
      const next = release && Number(await store.get(key));
      if (next) return publisherOf(name, next, release);
      release?.();
    }
    return freshPublisher();
  };

  const begin = async (): Promise<void> => {
    // Of two that begin at once the first takes over all that was left: else each would send a part of it.
    const turn = takeLock(locks, keys.lock(''), false) as Promise<Release>;
    await forAWhile(turn);
    own = await choose();
    await adopt(own);
    await succeedAll();
    void turn.then((release) => release());
  };

  const start = async (): Promise<void> => {
    await begun;
    await forAWhile(taken);
    awaited--;
    void send();
  };

  /** Pages may have gone that could not send, or had no time to. */
  const watch = (): void => {
    stop();
    stop = clock.after(LOOK, watch);
    if (client.state === 'connected' && rank > 0) void succeedAll();
    void send();
  };

  /** Nothing of the store is sent any more. */
  const halt = (why: StorageError): void => {
    tell(why);
    for (const entry of queue) if (entry.own !== undefined) giveUp(entry, why);
    queue = [];
    void end();
  };

  const begun = begin();
  const started = start();
  const offs = [
    client.on('connection', ({ timestamp, server, userId }) => {
      if (userId !== user) halt(new StorageError('ANOTHER_USER', userId));
      ahead = timestamp - elapsed();
      isNumbering = (server.features as { readonly sequences?: boolean }).sequences === true;
      void send();
    }),
    client.on('state', watch),
    () => stop(),
  ];

  const end = async (): Promise<void> => {
    isOver = true;
    for (const off of offs) off();
    for (const entry of queue) entry.own?.reject(new StorageError('CLOSED'));
    await started;
    await store.settled();
    for (const release of releases) release();
  };

  return {
    async add({ signal, ...write }) {
      const { channel, data, ...rest } = write;
      if (isOver) return broadcast(channel, data, { ...rest, ...(signal && { signal }) });
      signal?.throwIfAborted();
      // The client refuses what cannot be written, before it looks whether it is called off.
      const judged = broadcast(channel, data, { ...rest, signal: JUDGED }).catch((error: unknown) => error);
      let text = '';
      try {
        text = JSON.stringify(write);
      } catch {
        // The client says so.
      }
      const made = deferred<{ readonly id: string }>();
      const entry: QueueEntry = {
        ...{ text, at: clock.now(), own: made, signal },
        ...{ rank: Number.POSITIVE_INFINITY, publisher: own, number: 0, isKept: false },
      };
      if (all().length >= maxOutbox || bytes + sizeOf(entry) > maxBytes) throw new StorageError('FULL');
      bytes += sizeOf(entry);
      queue.push(entry);
      const drop = (reason: unknown): void => {
        if (!queue.includes(entry)) return;
        queue = queue.filter((other) => other !== entry);
        giveUp(entry, reason as Failure);
      };
      entry.kept = Promise.all([judged, begun]).then(([verdict]) => {
        if (verdict === JUDGED.reason) return keep(entry);
        drop(verdict);
        return undefined;
      });
      return made.promise.finally(onAbort(signal, drop));
    },
    async pending() {
      await started;
      return all().map(shown);
    },
    end,
  };
};
