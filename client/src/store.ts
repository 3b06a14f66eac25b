import type { Event } from './channels.ts';
import type { ClientEvents, ReplayAnswer, ReplayQuestion, State } from './options.ts';
import type { Handler, SubscribeOptions, Subscription } from './subscription.ts';

/** What changes outside of a page's components, in the form that their frameworks take. */
export interface Store<Snapshot> {
  /**
   * Begins what is behind it, if nobody has yet, and calls a listener after each change.
   *
   * @returns what ends it again. What is behind it ends with its last listener, a moment later: one that comes back at once
   *   finds it as it was.
   */
  readonly subscribe: (listener: () => void) => () => void;
  /** @returns what there is now: the same object as long as nothing changes. */
  readonly getSnapshot: () => Snapshot;
}

/** What is needed of a client, whatever it says of its channels. */
export interface Source {
  readonly state: State;
  readonly connection?: Pick<ClientEvents['connection'], 'userId'> | undefined;
  on<Name extends 'state' | 'error' | 'connection'>(
    name: Name,
    listener: (value: ClientEvents[Name]) => void,
  ): () => void;
  subscribe<Data>(text: string, handler: Handler<Data>, options?: SubscribeOptions): Subscription;
  replay(question: ReplayQuestion): Promise<ReplayAnswer>;
}

/** What was heard of a channel or pattern. */
export interface Heard<Data = unknown> {
  /** The newest, as many as are kept, the latest last. */
  readonly events: readonly Event<Data>[];
  /** Whether everything that happens from now on is heard. */
  readonly isReady: boolean;
  /** Why it is heard no more: it was refused, or the client is closed. */
  readonly error: Error | undefined;
}

export interface HeardOptions extends Omit<SubscribeOptions, 'signal'> {
  /** Most events that are kept. Default 100. */
  readonly keep?: number;
}

/** Pages of history. */
export interface History<Data = unknown> {
  /** All that was asked for so far, oldest first. */
  readonly events: readonly Event<Data>[];
  readonly isLoading: boolean;
  /** Whether there is another page, which `more()` asks for: one that follows, or backwards the one before. */
  readonly hasMore: boolean;
  /** Why the last page was not answered. `more()` asks for it again. */
  readonly error: Error | undefined;
}

export interface HistoryOptions {
  /** Only what was appended then or later, in ms since 1970. */
  readonly since?: number;
  /** Events of a page, up to what the service allows. */
  readonly limit?: number;
  /** Backwards from the end instead, with so many events of a page; `since` and `limit` say nothing then. */
  readonly last?: number;
}

/** A store that asks for the next page. */
export interface HistoryStore<Data = unknown> extends Store<History<Data>> {
  readonly more: () => void;
}

/** What nobody has listened to yet. */
export const NOTHING_HEARD: Heard<never> = { events: [], isReady: false, error: undefined };

/** What nobody has asked for yet. */
export const NO_HISTORY: History<never> = { events: [], isLoading: true, hasMore: false, error: undefined };

const KEPT = 100;

/** What is behind stores that ask for the same. */
interface Running<Snapshot> {
  snapshot: Snapshot;
  readonly listeners: Set<() => void>;
  end: () => void;
  more: () => void;
}

const running = new WeakMap<Source, Map<string, Running<unknown>>>();

/** Changes what there is, and tells everyone. Does nothing once it has ended, or begun anew. */
type Change<Snapshot> = (change: (now: Snapshot) => Partial<Snapshot>) => void;

/** Begins something. @returns what ends it, and what goes on with it. */
type Begin<Snapshot> = (change: Change<Snapshot>) => Pick<Running<Snapshot>, 'end' | 'more'>;

/** One thing behind all stores of a client that have the same key. It begins anew for another user of the client. */
const shared = <Snapshot extends object>(
  client: Source,
  key: string,
  nothing: Snapshot,
  begin: Begin<Snapshot>,
): HistoryStore & Store<Snapshot> => {
  const all = (running.get(client) ?? new Map()) as Map<string, Running<Snapshot>>;
  running.set(client, all);
  const start = (): Running<Snapshot> => {
    const made: Running<Snapshot> = { snapshot: nothing, listeners: new Set(), end: () => {}, more: () => {} };
    all.set(key, made);
    const show = (snapshot: Snapshot): void => {
      made.snapshot = snapshot;
      for (const listener of [...made.listeners]) listener();
    };
    let turn = 0;
    const run = (): (() => void) => {
      const own = ++turn;
      const { end, more } = begin((change) => {
        if (all.get(key) === made && own === turn) show({ ...made.snapshot, ...change(made.snapshot) });
      });
      made.more = more;
      return end;
    };
    let end = run();
    let user = client.connection?.userId;
    const off = client.on('connection', ({ userId }) => {
      const isAnother = user !== undefined && user !== userId;
      user = userId;
      if (!isAnother) return;
      end();
      end = run();
      show(nothing);
    });
    made.end = () => {
      off();
      end();
    };
    return made;
  };
  return {
    getSnapshot: () => all.get(key)?.snapshot ?? nothing,
    more: () => all.get(key)?.more(),
    subscribe(listener) {
      const own = (): void => listener();
      const of = all.get(key) ?? start();
      of.listeners.add(own);
      return () => {
        of.listeners.delete(own);
        queueMicrotask(() => {
          if (of.listeners.size > 0 || all.get(key) !== of) return;
          all.delete(key);
          of.end();
        });
      };
    },
  } as HistoryStore & Store<Snapshot>;
};

/** @returns where the connection of a client stands. */
export const stateStore = (client: Source): Store<State> => ({
  subscribe: (listener) => client.on('state', () => listener()),
  getSnapshot: () => client.state,
});

/**
 * What a subscription hears. Stores of the same text and options share one subscription.
 *
 * @param text - a channel or a pattern.
 * @returns begins with nothing, and ends its subscription with its last listener.
 * @throws RangeError if `keep` is no whole number from 0.
 */
export const heardStore = <Data = unknown>(
  client: Source,
  text: string,
  { keep = KEPT, ...options }: HeardOptions = {},
): Store<Heard<Data>> => {
  if (!Number.isSafeInteger(keep) || keep < 0)
    throw new RangeError(`keep: expected a whole number from 0, not ${keep}`);
  return shared<Heard<Data>>(client, JSON.stringify(['heard', text, keep, options]), NOTHING_HEARD, (change) => {
    const subscription = client.subscribe<Data>(
      text,
      (event) => change(({ events }) => ({ events: [...events, event].slice(Math.max(0, events.length + 1 - keep)) })),
      options,
    );
    subscription.ready.then(
      () => change(() => ({ isReady: true })),
      (error: Error) => change((now) => ({ error: now.error ?? error })),
    );
    // It may lose its grant long after it was ready.
    const off = client.on('error', (error) => {
      if (error.name === 'SubscriptionError' && error.subscription === subscription)
        change(() => ({ isReady: false, error }));
    });
    const end = (): void => {
      off();
      subscription.unsubscribe();
    };
    return { end, more: () => {} };
  });
};

/**
 * The history of a channel, page by page. For as long as it is listened to, the client is subscribed to the channel: what
 * a client may hear is what it may ask for. To read backwards it needs no subscription.
 *
 * @param channel - no pattern.
 * @returns begins with the first page, and asks for the next with `more()`.
 */
export const historyStore = <Data = unknown>(
  client: Source,
  channel: string,
  { since = 0, limit, last }: HistoryOptions = {},
): HistoryStore<Data> =>
  shared<History<Data>>(client, JSON.stringify(['history', channel, since, limit, last]), NO_HISTORY, (change) => {
    const isBack = last !== undefined;
    const subscription = isBack ? undefined : client.subscribe<Data>(channel, () => undefined);
    const size = limit === undefined ? {} : { limit };
    const channels = [channel];
    let question: ReplayQuestion | undefined = isBack ? { channels, last } : { channels, since, ...size };
    let isAsking = false;
    const more = async (): Promise<void> => {
      if (isAsking || question === undefined) return;
      isAsking = true;
      change(() => ({ isLoading: true, error: undefined }));
      try {
        await subscription?.ready;
        const { events, next, before } = await client.replay(question);
        if (before) question = { channels, last, before };
        else question = next === null ? undefined : { cursor: next, ...size };
        // What their data is the caller says, and nobody has looked.
        const page = events as readonly never[];
        change((now) => ({
          events: isBack ? [...page, ...now.events] : [...now.events, ...page],
          isLoading: false,
          hasMore: question !== undefined,
        }));
      } catch (error) {
        change(() => ({ isLoading: false, error: error as Error }));
      }
      isAsking = false;
    };
    void more();
    return { end: () => subscription?.unsubscribe(), more: () => void more() };
  }) as HistoryStore<Data>;
