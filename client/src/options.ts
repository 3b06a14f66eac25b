import type { Capability } from '../../lib/protocol/capabilities.ts';
import type { Position } from '../../lib/protocol/position.ts';
import { API_GATEWAY } from '../../lib/protocol/transport.ts';
import type { Event as EventWith } from './channels.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Gap } from './gap.ts';
import { canInflate } from './inflate.ts';
import type { Expressions } from './match/matcher.ts';
import type { ConnectionMessage, Event, Priority, ReplaySummary, RequestWriting } from './messages.ts';
import type { SavedPositions } from './saved-positions.ts';
import { Timers } from './timers.ts';
import type { ToldError } from './told-error.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/**
 * - `idle`: `connect: false`, and `connect()` was not called yet.
 * - `connecting`: a connection is being made, or caught up on.
 * - `connected`: every subscription is held and nothing is missing.
 * - `waiting`: the last attempt failed, and the next one waits its turn.
 * - `closed`: for good.
 */
export type State = 'idle' | 'connecting' | 'connected' | 'waiting' | 'closed';

export interface ConnectOptions {
  /** Address of the service: `ws://` or `wss://`. */
  readonly url: string;
  /**
   * Address of the service's HTTP side: `http://` or `https://`. Where a handshake fails, the service is asked there why; a
   * socket cannot say. What it answers is told as a HandshakeError.
   */
  readonly httpUrl?: string;
  /**
   * Whether to connect at once. Where false, nothing is before `client.connect()` is called, as for pages that are rendered on
   * a server: subscriptions and broadcasts wait until then.
   */
  readonly connect?: boolean;
  /** The name to go by where the service takes names on trust. */
  readonly user?: string;
  /**
   * Called for a fresh token before every connection, and before the session of one ends, which is then renewed. Where it
   * fails, or takes longer than `requestTimeout`, it is called again.
   */
  readonly token?: () => string | Promise<string>;
  /** What frames may be wrapped in; all that the runtime can undo, unless named. */
  readonly capabilities?: readonly Capability[];
  /** The class of sockets; `globalThis.WebSocket`, unless named. */
  readonly webSocket?: WebSocketConstructor;
  /** Compiles the patterns that are expressions; without it they are refused. From `realtime-sync-client/expressions`. */
  readonly expressions?: Expressions;
  /**
   * Where another client of this user stood, by its `exportPositions()`: what it was subscribed to is gone on with there, if
   * it is subscribed to before this client is connected.
   */
  readonly positions?: SavedPositions | undefined;
  readonly clock?: Clock;
  /** Milliseconds the service is given to answer before the connection counts as dead. Default 30,000. */
  readonly requestTimeout?: number;
  /** Most milliseconds of the first and of any pause between attempts. Default 1,000 and 30,000. */
  readonly backoff?: { readonly first: number; readonly most: number };
  /** Milliseconds after which a connection is replaced, less a jitter of a tenth. Default 110 minutes. */
  readonly replaceAfter?: number;
  /** Milliseconds a missing event is given to come by itself before it is asked for. Default 100. */
  readonly gapPatience?: number;
  /** Milliseconds by which clocks within the service may differ. Default 2,000. */
  readonly clockSkew?: number;
  /** Most broadcasts that wait to be acknowledged. Default 1,000. */
  readonly maxOutbox?: number;
  /**
   * Most channels that are remembered of those that only patterns hear, about: at times there are three times as many. An
   * event of one that was forgotten is heard once the service has been asked about it. Default 5,000.
   */
  readonly maxChannels?: number;
  /** Pings between two checks for channels never heard of. Default 10. */
  readonly beatsPerCheck?: number;
}

export interface BroadcastOptions {
  /** Idempotency key; made up where absent. */
  readonly id?: string;
  readonly priority?: Priority;
  readonly category?: string;
  /** The users who alone may hear it. */
  readonly targetUsers?: readonly string[];
  /** Goes with the event, if it is valid by W3C Trace Context. */
  readonly traceparent?: string;
  /**
   * Takes it back, as long as it was not sent: it is not published then, and the promise rejects with the signal's reason. Once
   * it was sent nobody can: it is not sent again, and the promise rejects with an OutcomeUnknownError.
   */
  readonly signal?: AbortSignal;
}

/** What is asked of the history; see the protocol for what each field means. */
export type ReplayQuestion = Omit<RequestWriting<'replay'>, 'type'>;

export interface HistoryOptions {
  /** Events of the page, up to the service's `limits.replay`. Default 50. */
  readonly last?: number;
  /** Only events before this place: the `before` of another page, or an event. */
  readonly before?: Position;
  /** The user's private events on the channel, rather than its own. */
  readonly private?: boolean;
  /** Only events that have one of these. */
  readonly categories?: string | readonly string[];
  readonly priority?: Priority | readonly Priority[];
  /** Calls it off. */
  readonly signal?: AbortSignal;
}

/** A page of a history. */
export interface HistoryPage<Data = unknown> {
  /** The latest last. There may be fewer than were asked for, or none, and more before them. */
  readonly events: readonly EventWith<Data>[];
  /** Where to go on; null where nothing earlier is kept. */
  readonly before: Position | null;
  /** Whether nothing is missing where the page is; of the one with `before: null`, nothing from the very first event on. */
  readonly recovered: boolean;
}

export type ReplayAnswer = ReplaySummary & { readonly events: readonly Event[] };

export type ClientEvents = {
  /** The state changed. */
  readonly state: State;
  /** Something failed. The client goes on, unless the state is `closed`. */
  readonly error: ToldError;
  /** Events are missing for good. */
  readonly gap: Gap;
  /** The service greeted a new connection. */
  readonly connection: ConnectionMessage;
};

/** What the library can undo, where the runtime can. */
const CAPABILITIES: readonly Capability[] = ['batch', 'chunk', 'compression'];

const DEFAULTS = {
  requestTimeout: 30_000,
  backoff: { first: 1_000, most: 30_000 },
  replaceAfter: 110 * 60_000,
  gapPatience: 100,
  clockSkew: 2_000,
  maxOutbox: 1_000,
  maxChannels: 5_000,
  beatsPerCheck: 10,
};

/** Options that nothing stands for where they are not given. */
const OTHERS = {
  url: 0,
  httpUrl: 0,
  webSocket: 0,
  user: 0,
  token: 0,
  capabilities: 0,
  expressions: 0,
  positions: 0,
  connect: 0,
  clock: 0,
} satisfies Record<Exclude<keyof ConnectOptions, keyof typeof DEFAULTS>, 0>;

/** The options with what they are where they are not given. */
export type Settings = typeof DEFAULTS & {
  readonly clock: Timers;
  readonly webSocket: WebSocketConstructor;
  readonly capabilities: readonly Capability[];
  /** Bytes of one frame, at most: what the gateway takes. */
  readonly frameBytes: number;
};

const givenOf = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/**
 * Fills in what is not given. An option that is undefined counts as not given.
 *
 * @throws TypeError for a duration or a number that is none, and for an option that there is not.
 */
export const settingsOf = (options: ConnectOptions): Settings => {
  for (const name of Object.keys(options)) {
    if (!(name in { ...OTHERS, ...DEFAULTS })) throw new TypeError(`No option ${name}`);
  }
  const backoff = { ...DEFAULTS.backoff, ...givenOf(options.backoff ?? {}) };
  const settings = {
    webSocket: globalThis.WebSocket as unknown as WebSocketConstructor,
    ...DEFAULTS,
    ...givenOf(options),
    ...{ backoff, clock: new Timers(options.clock ?? systemClock), frameBytes: API_GATEWAY.frameBytes },
    capabilities: (options.capabilities ?? CAPABILITIES).filter((name) => name !== 'compression' || canInflate()),
  };
  const numbers = { ...settings, ...backoff } as Record<string, unknown>;
  for (const name of Object.keys({ ...DEFAULTS, ...backoff })) {
    const value = numbers[name];
    // It may be infinite.
    if (value === backoff || (typeof value === 'number' && value >= 0)) continue;
    throw new TypeError(`${name}: expected a number from 0 on`);
  }
  return settings;
};
