import type { Client } from './client.ts';
import { systemClock } from './clock.ts';
import type { BroadcastOptions, ConnectOptions } from './options.ts';
import { type QueuedWrite, StorageError, type WriteError } from './storage/errors.ts';
import { guardedStore } from './storage/guarded-store.ts';
import { indexedDbStore } from './storage/indexed-db-store.ts';
import { keptPositions } from './storage/kept-positions.ts';
import { keptWrites } from './storage/kept-writes.ts';
import type { KeyValueStore } from './storage/key-value-store.ts';
import { keysOf } from './storage/keys.ts';
import type { WebLocks } from './storage/locks.ts';
import { sentenceOf } from './storage/sentences.ts';

export { type QueuedWrite, StorageError, WriteError } from './storage/errors.ts';
export { indexedDbStore } from './storage/indexed-db-store.ts';
export type { KeyValueStore } from './storage/key-value-store.ts';
export type { WebLocks } from './storage/locks.ts';
export { memoryStore } from './storage/memory-store.ts';

export interface StorageOptions {
  /** Where everything is stored; a database of IndexedDB called `realtime-sync`, unless given. */
  readonly store?: KeyValueStore;
  /**
   * Whether the client goes on where the last one of its user was. Default true. A text names whose positions these are: pages that
   * subscribe to different things go by different names.
   */
  readonly positions?: boolean | string;
  /** Bytes of all broadcasts that may wait, two for a character, beside `maxOutbox`, which is how many. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Told what fails of the store, and of broadcasts of an earlier page that are given up. */
  readonly onError: (error: StorageError | WriteError) => void;
  /** Told of each broadcast of an earlier page that the service has safe now. */
  readonly onSent?: (write: QueuedWrite) => void;
  /**
   * Web Locks, by which pages know of each other; `navigator.locks`, unless named. Null if nobody else uses the store as long as
   * this client does.
   */
  readonly locks?: WebLocks | null;
}

/** A client of one user, whose broadcasts outlive it. */
export type LastingClient<Channels extends object> = Client<Channels> & {
  /** @returns what waits to be sent, in that order; of other pages only what they have left. */
  readonly pending: () => Promise<readonly QueuedWrite[]>;
};

interface Runtime {
  readonly navigator?: { readonly locks?: WebLocks };
}

const MAX_BYTES = 2 ** 23;
const MAX_OUTBOX = 1_000;

/**
 * Makes a client that goes on where the last page was. A broadcast is stored before it is sent, and until it is acknowledged. What
 * a page could not send the next one sends, days later as well, once and in order.
 *
 * Where the store fails it is told, and the client goes on without it.
 *
 * @param connect - the `connect` of the library.
 * @param options - as for `connect`, with the `user`; without one it is `anonymous`.
 * @throws TypeError without `onError`, with a token and without a user, and as `connect` does.
 */
export const lasting = <Channels extends object>(
  connect: (options: ConnectOptions) => Client<Channels>,
  options: ConnectOptions,
  storage: StorageOptions,
): LastingClient<Channels> => {
  if (!storage?.onError) throw new TypeError(sentenceOf('onError'));
  const {
    positions = true,
    maxBytes = MAX_BYTES,
    onSent = () => undefined,
    onError: tell,
    locks = (globalThis as Runtime).navigator?.locks,
  } = storage;
  const { url, token, clock = systemClock, maxOutbox = MAX_OUTBOX } = options;
  if (token && !options.user) throw new TypeError(sentenceOf('user'));
  if (locks === undefined) {
    tell(new StorageError('NO_LOCKS'));
    return Object.assign(connect(options), { pending: async () => [] });
  }
  const { user = 'anonymous' } = options;
  const client = connect({ ...options, connect: false });
  const keys = keysOf(url, user);
  const store = guardedStore(storage.store ?? indexedDbStore(), clock, tell);
  // The machine’s clock may be set, and this one is not.
  const elapsed = (): number => (options.clock ?? performance).now();
  const broadcast = client.broadcast.bind(client) as Client['broadcast'];
  const setUser = client.setUser.bind(client);
  const connectNow = client.connect.bind(client);
  const close = client.close.bind(client);
  const kept = positions && keptPositions(client, store, keys.positions(String(positions)), clock);
  const { add, pending, end } = keptWrites({
    ...{ client, broadcast, maxOutbox, tell, user, store, keys, clock, elapsed, locks, maxBytes, onSent },
  });

  const restored = (async () => {
    const saved = kept && (await kept.read());
    try {
      if (saved && client.state !== 'closed') setUser({ positions: JSON.parse(saved) });
    } catch (error) {
      tell(new StorageError('UNREADABLE', error));
    }
  })();

  let ended: Promise<unknown> | undefined;
  client.on('state', (state) => {
    if (state !== 'closed') return;
    if (kept) kept.end();
    ended = end();
  });

  Object.assign(client, {
    connect: () => void restored.then(connectNow),
    setUser: () => {
      throw new TypeError(sentenceOf('setUser'));
    },
    async close() {
      await close();
      await ended;
    },
    broadcast(channel: string, data: unknown, more: BroadcastOptions = {}) {
      const added = add({ id: `${clock.random()}${clock.random()}`, ...more, channel, data });
      // Nobody need await it.
      added.catch(() => undefined);
      return added;
    },
    pending,
  });
  if (options.connect !== false) client.connect();
  return client as LastingClient<Channels>;
};
