'use client';

import {
  createContext,
  createElement,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { DataOf, Known } from './channels.ts';
import type { Client } from './client.ts';
import type { State } from './options.ts';
import {
  type Heard,
  type HeardOptions,
  type History,
  type HistoryOptions,
  heardStore,
  historyStore,
  NO_HISTORY,
  NOTHING_HEARD,
  type Source,
  type Store,
  stateStore,
} from './store.ts';

/** Null while a provider has no client yet; undefined where there is no provider. */
const Context = createContext<Source | null | undefined>(undefined);

/** What `RealtimeProvider` is given. */
export interface RealtimeProviderProps {
  /**
   * Makes the client, once the page is there: nothing is connected where it is rendered on a server, or while it suspends.
   * That client is closed with the provider. A function that is another later is not called: for another user give the
   * provider another `key`.
   */
  readonly connect: () => Source & Pick<Client, 'close'>;
  readonly children?: ReactNode;
}

/**
 * Gives a client to the hooks within.
 *
 * @throws TypeError without `connect`, on a server too.
 */
export const RealtimeProvider = ({ connect, children }: RealtimeProviderProps): ReactNode => {
  if (typeof connect !== 'function')
    throw new TypeError('<RealtimeProvider> needs connect, a function that makes a client: () => connect({ url })');
  const [client, setClient] = useState<Source>();
  const held = useRef<{ client?: Source & Pick<Client, 'close'>; isWanted?: boolean }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: a client lives as long as its provider
  useEffect(() => {
    const { current } = held;
    current.isWanted = true;
    current.client ??= connect();
    setClient(current.client);
    return () => {
      current.isWanted = false;
      // In strict mode, and where a module is replaced under it, it is wanted again at once.
      queueMicrotask(() => {
        if (current.isWanted === true) return;
        void current.client?.close();
        delete current.client;
      });
    };
  }, []);
  return createElement(Context.Provider, { value: client ?? null }, children);
};

/** The client of the provider above, once it has one. */
const useSource = (hook: string): Source | undefined => {
  const client = useContext(Context);
  if (client === undefined) throw new Error(`${hook}() needs a <RealtimeProvider> above its component`);
  return client ?? undefined;
};

/**
 * @returns the provider's client; undefined on a server, and until the page is there.
 * @throws Error where there is no provider above, as all hooks do.
 */
export const useClient = <AClient extends Source = Client>(): AClient | undefined =>
  useSource('useClient') as AClient | undefined;

const nothing = (): (() => void) => () => undefined;

/** What a store says, as long as there is one. */
const useStore = <Snapshot>(store: Store<Snapshot> | undefined, empty: Snapshot): Snapshot => {
  const get = (): Snapshot => store?.getSnapshot() ?? empty;
  return useSyncExternalStore(store?.subscribe ?? nothing, get, () => empty);
};

/** @returns where the connection stands; `connecting` on a server. */
export const useConnectionState = (): State => {
  const client = useSource('useConnectionState');
  const store = useMemo(() => client && stateStore(client), [client]);
  return useStore(store, 'connecting');
};

/** As `JSON.stringify` has it, but for what `since` is: it is another at each render where it is made of the present time. */
const butSince = (value: unknown): string =>
  JSON.stringify(value, (name, part: unknown) => (name === 'since' && typeof part === 'number' ? 0 : part));

/** @returns options as JSON, with `since` as it was when the same was first asked for. */
const useOptions = (text: string | undefined, options: HeardOptions | HistoryOptions): string => {
  const asked = butSince([text, options]);
  const first = { asked, options: JSON.stringify(options) };
  const [held, hold] = useState(first);
  if (held.asked === asked) return held.options;
  hold(first);
  return first.options;
};

/**
 * Hears a channel, or the channels that a pattern matches, for as long as the component is there. Components that ask for the
 * same share one subscription.
 *
 * @param text - undefined for nothing.
 * @param options - compared by what they say, and may be made anew at each render. `replay.since` is read once, as the initial
 *   value of a state is: another one counts with another text, other options or another `key` of the component.
 * @typeParam Data - of the events.
 */
export const useSubscription = <Data = unknown>(text: string | undefined, options: HeardOptions = {}): Heard<Data> => {
  const client = useSource('useSubscription');
  const key = useOptions(text, options);
  const store = useMemo(
    () =>
      client === undefined || text === undefined
        ? undefined
        : heardStore<Data>(client, text, JSON.parse(key) as HeardOptions),
    [client, text, key],
  );
  return useStore<Heard<Data>>(store, NOTHING_HEARD);
};

/**
 * Reads the history of a channel page by page: from its beginning on, or with `last` from its end back. It does not hear what
 * happens from then on.
 *
 * @param channel - no pattern; undefined for nothing.
 * @param options - compared by what they say. `since` is read once, as with `useSubscription`.
 * @returns also `more`, which asks for the next page, or again for one that was not answered.
 * @typeParam Data - of the events.
 */
export const useHistory = <Data = unknown>(
  channel: string | undefined,
  options: HistoryOptions = {},
): History<Data> & { readonly more: () => void } => {
  const client = useSource('useHistory');
  const key = useOptions(channel, options);
  const store = useMemo(
    () =>
      client === undefined || channel === undefined
        ? undefined
        : historyStore<Data>(client, channel, JSON.parse(key) as HistoryOptions),
    [client, channel, key],
  );
  const history = useStore<History<Data>>(store, NO_HISTORY);
  const more = store?.more;
  return useMemo(() => ({ ...history, more: () => more?.() }), [history, more]);
};

/**
 * The hooks, where a map of channels says what their data is.
 *
 * @typeParam Channels - the type of the data of each channel, by channels and patterns, as `connect()` takes it.
 */
export interface HooksOf<Channels extends object> {
  readonly useClient: () => Client<Channels> | undefined;
  readonly useConnectionState: typeof useConnectionState;
  readonly useSubscription: <const Text extends string>(
    text: Known<Channels, Text> | undefined,
    options?: HeardOptions,
  ) => Heard<DataOf<Channels, Text>>;
  readonly useHistory: <const Text extends string>(
    channel: Known<Channels, Text> | undefined,
    options?: HistoryOptions,
  ) => History<DataOf<Channels, Text>> & { readonly more: () => void };
}

const HOOKS = { useClient, useConnectionState, useSubscription, useHistory };

/**
 * Has a map of channels say what the hooks hear. It is called once, outside of components, and gives the same hooks.
 *
 * @returns the hooks, for which a text that no entry of the map fits is an error of types.
 * @typeParam Channels - as `connect<Channels>()` has it.
 */
export const hooksOf = <Channels extends object>(): HooksOf<Channels> => HOOKS as HooksOf<Channels>;
