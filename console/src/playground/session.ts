import { expressions } from '../../../client/src/expressions.ts';
import {
  type BroadcastOptions,
  type Client,
  connect,
  type Event,
  type Gap,
  type HowHeard,
  type ReplayAnswer,
  type ReplayQuestion,
  type State,
  type SubscribeOptions,
  type Subscription,
  SubscriptionError,
} from '../../../client/src/index.ts';
import { Line } from './line.ts';

/** An event as this session heard it. */
export interface HeardEvent {
  readonly event: Event;
  readonly how: HowHeard;
  /** The channel or pattern that was subscribed to. */
  readonly by: string;
  /** Milliseconds from its append to here, of one that came as it happened. */
  readonly latency: number | undefined;
}

/** Something that happened and is not an event. */
export interface Note {
  readonly text: string;
  readonly isProblem: boolean;
}

export interface SessionListener {
  stateChanged(): void;
  heard(heard: HeardEvent): void;
  noted(note: Note): void;
  subscriptionsChanged(): void;
}

/** Whom to connect as. */
export interface Identity {
  readonly user?: string;
  readonly token?: string;
}

const describeGap = ({ channel, from, to, reason }: Gap): string => {
  if (channel === undefined) return 'Events of channels never heard of may be missing: the history goes back less far';
  const which = from === undefined ? 'events' : from === to ? `offset ${from}` : `offsets ${from} to ${to ?? '…'}`;
  return `Of ${channel}, ${which} will never be heard (${reason})`;
};

/** One client of the service: connected through a line that can be cut. */
export class Session {
  readonly #client: Client;
  readonly #line = new Line();
  readonly #listener: SessionListener;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(url: string, { user, token }: Identity, listener: SessionListener) {
    this.#listener = listener;
    this.#client = connect({
      ...{ url, expressions },
      ...(user === undefined ? {} : { user }),
      ...(token === undefined ? {} : { token: () => token }),
      webSocket: this.#line.webSocket,
      // Whoever comes back wants to see it, not to wait as long as a phone would.
      backoff: { first: 300, most: 1_500 },
    });
    this.#client.on('state', () => this.#listener.stateChanged());
    this.#client.on('connection', ({ connectionId, userId }) =>
      this.#listener.noted({ text: `Connected as ${userId} (${connectionId})`, isProblem: false }),
    );
    this.#client.on('gap', (gap) => this.#listener.noted({ text: describeGap(gap), isProblem: true }));
    this.#client.on('error', (error) => {
      // A token that was renewed may grant less.
      if (error instanceof SubscriptionError) this.#forget(error.subscription.text, error.subscription);
      // Offline, connections fail because they were asked to.
      if (this.#line.isUp) this.#listener.noted({ text: (error as Error).message, isProblem: true });
    });
  }

  get state(): State {
    return this.#client.state;
  }

  get isOnline(): boolean {
    return this.#line.isUp;
  }

  get counts(): Client['counts'] {
    return this.#client.counts;
  }

  /** The channels and patterns, in the order they were asked for. */
  get subscriptions(): readonly string[] {
    return [...this.#subscriptions.keys()];
  }

  goOffline(): void {
    this.#line.cut();
    this.#listener.noted({ text: 'Offline', isProblem: false });
    this.#listener.stateChanged();
  }

  comeBack(): void {
    this.#line.restore();
    this.#listener.noted({ text: 'Back: what was missed is replayed', isProblem: false });
    this.#listener.stateChanged();
  }

  /** @throws RequestError where the service refuses it. */
  async subscribe(text: string, options: SubscribeOptions): Promise<void> {
    if (this.#subscriptions.has(text)) throw new Error(`Subscribed to ${text} already`);
    const subscription = this.#client.subscribe(text, (event, how) => this.#hear(text, event, how), options);
    this.#subscriptions.set(text, subscription);
    this.#listener.subscriptionsChanged();
    try {
      await subscription.ready;
    } catch (error) {
      this.#forget(text, subscription);
      throw error;
    }
  }

  unsubscribe(text: string): void {
    const subscription = this.#subscriptions.get(text);
    if (subscription === undefined) return;
    this.#forget(text, subscription);
    subscription.unsubscribe();
  }

  #forget(text: string, subscription: Subscription): void {
    if (this.#subscriptions.get(text) !== subscription) return;
    this.#subscriptions.delete(text);
    this.#listener.subscriptionsChanged();
  }

  broadcast(channel: string, data: unknown, options: BroadcastOptions): Promise<{ readonly id: string }> {
    return this.#client.broadcast(channel, data, options);
  }

  replay(question: ReplayQuestion): Promise<ReplayAnswer> {
    return this.#client.replay(question);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #hear(by: string, event: Event, how: HowHeard): void {
    const latency = how === 'live' ? Math.max(0, Date.now() - event.timestamp) : undefined;
    this.#listener.heard({ event, how, by, latency });
  }
}
