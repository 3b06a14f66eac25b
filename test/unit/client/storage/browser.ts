import { type AnyChannels, connect } from '../../../../client/src/index.ts';
import {
  type KeyValueStore,
  type LastingClient,
  lasting,
  type QueuedWrite,
  type StorageError,
  type StorageOptions,
  type WriteError,
} from '../../../../client/src/storage.ts';
import { type Role, sharedSocket } from '../../../../client/src/tabs.ts';
import { SeededRandom } from '../../../seeded-random.ts';
import { ModelClock } from '../model/model-clock.ts';
import { ScriptedService } from '../scripted-service.ts';
import { Channels } from '../tabs/channels.ts';
import { LockManager } from '../tabs/lock-manager.ts';
import { Page } from '../tabs/page.ts';
import { type Numbered, NumberedHistory } from './numbered-history.ts';

/** What may go wrong between a page and what it talks to. */
export interface Faults {
  /** Whether nothing passes between pages and the service. */
  isOffline: boolean;
  /** How likely the answer to a broadcast is lost, with its connection. */
  loses: number;
  /** What every call to the store ends with; undefined where it works. */
  storeFails: Error | undefined;
  /** Whether no call to the store is answered. */
  storeHangs: boolean;
  /** Whether no removal from the store is. */
  storeKeeps: boolean;
}

/** A page with a client that has storage. */
export interface Opened {
  readonly page: Page;
  readonly client: LastingClient<AnyChannels>;
  readonly errors: (StorageError | WriteError)[];
  /** Writes of earlier pages that were told to be sent. */
  readonly sent: QueuedWrite[];
  /** How it is connected, where pages share their connection. */
  readonly role: () => Role | undefined;
}

/** A browser in which pages share a store and locks, and a service that numbers writes. */
export class Browser {
  readonly random: SeededRandom;
  readonly clock: ModelClock;
  readonly history: NumberedHistory;
  readonly values = new Map<string, string>();
  readonly faults: Faults = { isOffline: false, loses: 0, storeFails: undefined, storeHangs: false, storeKeeps: false };
  /** How the service greets. */
  readonly features: { sequences?: boolean } = { sequences: true };
  readonly service: ScriptedService;
  /** What pages know of each other by. */
  locks: 'shared' | 'none' | 'of the runtime' = 'shared';
  /** Whether pages share their connection. */
  isSharing = false;
  readonly #locks: LockManager;
  readonly #channels: Channels;
  /** When the last call to the store takes effect that is on its way: they take effect in their order. */
  #next = 0;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
    this.clock = new ModelClock(this.random);
    this.#locks = new LockManager(this.clock, this.random);
    this.#channels = new Channels(this.clock, this.random);
    this.history = new NumberedHistory(() => this.clock.now());
    this.service = new ScriptedService(this.clock, {
      opens: 20,
      greets: 10,
      isSilent: () => this.faults.isOffline,
      // Some user is another to the service than to the page.
      userOf: (url) => (new URL(url).searchParams.get('user') === 'bob' ? 'bob' : 'alice'),
      features: this.features,
      instead: {
        ping: () => ({ type: 'pong', time: this.clock.now(), subscriptions: 0 }),
        broadcast: (request) => {
          const answer = this.history.take(request as unknown as Numbered);
          if (!this.random.chance(this.faults.loses)) return answer;
          this.cut();
          return answer;
        },
      },
    });
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.service.sockets) socket.shut(1006);
  }

  goOffline(): void {
    this.faults.isOffline = true;
    this.cut();
  }

  goOnline(): void {
    this.faults.isOffline = false;
  }

  /** The store as a page has it: a call takes effect a while later, or never if the page is killed before. */
  storeOf(page: Page): KeyValueStore {
    const call = <Result>(work: () => Result): Promise<Result> =>
      new Promise((resolve, reject) => {
        if (page.isDead || this.faults.storeHangs) return;
        const { storeFails } = this.faults;
        this.#next = Math.max(this.#next, this.clock.now() + this.random.below(4));
        // What a page asked for just before its end is done, or not.
        const isKilledBefore = (): boolean => page.isDead && this.random.chance(0.5);
        this.clock.after(this.#next - this.clock.now(), () => {
          if (isKilledBefore()) return;
          if (storeFails !== undefined) {
            page.run(() => reject(storeFails));
            return;
          }
          const result = work();
          this.clock.after(this.random.below(3), () => page.run(() => resolve(result)));
        });
      });
    return {
      get: (key) => call(() => this.values.get(key)),
      set: (key, value) => call(() => void this.values.set(key, value)),
      delete: (key) =>
        this.faults.storeKeeps ? new Promise(() => undefined) : call(() => void this.values.delete(key)),
      entries: (prefix) => call(() => [...this.values].filter(([key]) => key.startsWith(prefix))),
    };
  }

  open(
    options: Partial<StorageOptions> & {
      readonly url?: string;
      readonly maxOutbox?: number;
      readonly as?: string;
    } = {},
  ): Opened {
    const { url = 'ws://service', maxOutbox = 10_000, as = 'alice', ...rest } = options;
    const page = new Page(this.clock);
    const sent: QueuedWrite[] = [];
    const errors: (StorageError | WriteError)[] = [];
    const own = page.socketsOf(this.service.webSocket);
    const locks = this.#locks.of(page);
    let role: Role | undefined;
    const webSocket = this.isSharing
      ? sharedSocket({
          ...{ webSocket: own, locks, BroadcastChannel: this.#channels.of(page), clock: page.clock },
          onRole: (now) => {
            role = now;
          },
        })
      : own;
    const client = lasting(
      (more) => connect(more),
      {
        ...{ url, user: as, maxOutbox, clock: page.clock },
        webSocket,
        requestTimeout: 10_000,
        backoff: { first: 100, most: 1_000 },
      },
      {
        store: this.storeOf(page),
        onSent: (write) => sent.push(write),
        onError: (error) => errors.push(error),
        ...(this.locks === 'of the runtime' ? {} : { locks: this.locks === 'none' ? null : locks }),
        ...rest,
      },
    );
    // That connections end is not of interest here.
    client.on('error', () => undefined);
    return { page, client, errors, sent, role: () => role };
  }

  /** What writes there are in the store. */
  get stored(): readonly string[] {
    return [...this.values.keys()].filter((key) => key.includes('] write '));
  }
}
