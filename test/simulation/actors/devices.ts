import { expressions } from '../../../client/src/expressions.ts';
import {
  type Client,
  type Clock,
  connect,
  OutcomeUnknownError,
  RequestError,
  type Subscription,
  SubscriptionError,
} from '../../../client/src/index.ts';
import type { Capability } from '../../../lib/protocol/capabilities.ts';
import type { Seen } from '../../faults/checker.ts';
import type { Cuts } from '../judges/cuts.ts';
import { Given } from '../judges/given.ts';
import type { Kept } from '../judges/kept.ts';
import type { Owed } from '../judges/owed.ts';
import type { Said } from '../judges/said.ts';
import type { Issuer } from '../service/issuer.ts';
import type { Reader, Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';

/** Milliseconds after which whoever was signed out signs in again. */
const SIGNING_IN = 1_000;

/** Milliseconds for which the service is sure to know an id again, and by how much sooner a client may give it up: it has yet to arrive. */
const REMEMBERED = 300_000;
const MARGIN = 20_000;

/** A text that a device listens to, from when it was told that it does. */
interface Listening {
  readonly name: string;
  readonly subscription: Subscription;
  /** That its text stands for. */
  readonly channels: readonly string[];
  /** When it was told, milliseconds since the plan began. */
  since: number;
  isOver: boolean;
}

export interface DeviceSettings {
  readonly name: string;
  readonly user: string;
  /** Milliseconds after which it replaces its connection. */
  readonly replaceAfter: number;
  readonly capabilities: readonly Capability[];
  /** Whether its user may be granted less than it asks for. */
  readonly mayBeForbidden: boolean;
}

export interface DeviceParts {
  readonly sockets: Sockets;
  readonly owed: Owed;
  readonly cuts: Cuts;
  readonly kept: Kept;
  /** Undefined where it is taken at its word. */
  readonly issuer: Issuer | undefined;
  readonly seen: Seen[];
}

/** A user’s device with the client library: it may sleep, when nothing reaches it, or not read what comes. */
export class Device implements Reader {
  readonly name: string;
  readonly user: string;
  readonly #stage: Stage;
  readonly #sockets: Sockets;
  readonly #owed: Owed;
  readonly #cuts: Cuts;
  /** Channels of which it was told that something was cut. */
  readonly #lacking = new Set<string>();
  readonly #kept: Kept;
  /** What it was told of that was not kept, or cannot be had. */
  readonly #given = new Given();
  readonly #seen: Seen[];
  readonly #listenings: Listening[] = [];
  readonly #heard = new Set<string>();
  readonly #overdue = new Set<() => void>();
  readonly #unread: (() => void)[] = [];
  readonly #connect: () => Client;
  readonly #mayBeForbidden: boolean;
  #client: Client;
  /** Clients that it had, each of which was signed out but for the last. */
  #lives = 0;
  #isLeaving = false;
  #isAsleep = false;
  #isReading = true;
  #begun = 0;
  #published = 0;

  constructor(
    stage: Stage,
    { sockets, owed, cuts, kept, issuer, seen }: DeviceParts,
    { name, user, replaceAfter, capabilities, mayBeForbidden }: DeviceSettings,
  ) {
    this.#stage = stage;
    this.#sockets = sockets;
    this.#owed = owed;
    this.#cuts = cuts;
    this.#kept = kept;
    this.#seen = seen;
    this.name = name;
    this.user = user;
    this.#mayBeForbidden = mayBeForbidden;
    const random = stage.fate.at(`${name} draws`);
    const clock: Clock = {
      now: () => stage.time.now(),
      random: random.next,
      after: (duration, task) => {
        const stop = stage.time.after(duration, () => {
          if (this.#isAsleep) this.#overdue.add(task);
          else task();
        });
        return () => {
          stop();
          this.#overdue.delete(task);
        };
      },
    };
    this.#connect = () =>
      connect({
        ...{ url: 'ws://gateway', user, clock, expressions, replaceAfter, webSocket: sockets.socketsOf(this) },
        ...(issuer === undefined ? {} : { token: () => issuer.tokenOf(user) }),
        capabilities,
        requestTimeout: 10_000,
        backoff: { first: 200, most: 5_000 },
        beatsPerCheck: 3,
      });
    this.#client = this.#begin();
  }

  #begin(): Client {
    const { name, user } = this;
    const stage = this.#stage;
    const client = this.#connect();
    this.#lives++;
    client.on('gap', (gap) => {
      const { channel, reason, from, to } = gap;
      const of = channel === undefined ? '' : ` of ${channel}`;
      stage.story.tell(name, `is told of a gap${of}`);
      const isGivenUp = reason === 'undelivered';
      const isBack = reason === 'epoch-lost' && this.#given.hasGivenUp(channel);
      if (isBack || this.#kept.explains(user, gap, this.#sockets.latestOf(this)))
        this.#given.up(channel, stage.time.elapsed(), isGivenUp);
      else if (channel !== undefined && this.#cuts.explains(user, gap)) this.#lacking.add(channel);
      else stage.problems.push(`gap: ${name} is told of one${of} (${reason} ${from}-${to}), and nothing was lost`);
      const isOpen = isGivenUp && to === undefined;
      if (isOpen && channel !== undefined) this.#given.loses(`${this.#lives} ${channel}`, gap.private);
      this.#noteGap(channel, isBack || isOpen);
    });
    client.on('state', (state) => {
      stage.story.tell(name, `is ${state}`);
      if (state === 'connected') this.#isCaughtUp();
      if (state === 'closed' && !this.#isLeaving) this.#signIn();
    });
    client.on('error', (error) => {
      stage.story.tell(name, `${error}`, true);
      if (error instanceof SubscriptionError && error.code === 'FORBIDDEN' && this.#mayBeForbidden) {
        const refused = this.#active.find(({ subscription }) => subscription === error.subscription);
        if (refused !== undefined) this.#end(refused);
        return;
      }
      // Whatever the library asks, it may ask: it is refused for a time alone, or since its session is over, or was revoked
      // while the token by which it renews it was on its way.
      if (error instanceof RequestError && !error.temporary && !/^(SESSION_|INVALID_TOKEN$)/.test(error.code))
        stage.problems.push(`refused: ${name} is told ${error}`);
    });
    return client;
  }

  #noteGap(channel: string | undefined, isOpen = false): void {
    const at = this.#stage.time.now();
    for (const { name: listener } of this.#active)
      this.#note({ type: 'gap', at, listener, isOpen, ...(channel === undefined ? {} : { channel }) });
  }

  /** It lacks what stands before the first event of a channel, and nobody can tell it. */
  #lacks(channel: string): void {
    this.#given.up(channel, this.#stage.time.elapsed());
    this.#noteGap(channel);
  }

  /** Whoever was signed out signs in again, with another client that listens to the same. */
  #signIn(): void {
    const active = this.#active;
    for (const listening of active) this.#end(listening);
    this.#stage.time.after(SIGNING_IN, () => {
      this.#client = this.#begin();
      for (const { subscription, channels } of active) this.listen(subscription.text, channels);
    });
  }

  /** Ends its client for good. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#client.close();
  }

  get hasLeft(): boolean {
    return this.#isLeaving;
  }

  /** Whoever is connected has caught up with all that was appended before its connection was opened. */
  #isCaughtUp(): void {
    const { problems } = this.#stage;
    const opened = this.#sockets.openedAt(this) ?? 0;
    const isRefused = this.#kept.isRefused(this.#sockets.latestOf(this));
    for (const { channels, since } of this.#active) {
      if (channels.some((channel) => this.#lacking.has(channel))) continue;
      for (const { id, history, at, offset } of this.#owed.between(this.user, channels, since, opened)) {
        // It may have been taken over since.
        const appended = this.#kept.appendedAt(history, offset) ?? at;
        if (this.hasHeard(id) || this.#given.has(history.channel, appended)) continue;
        const run = `${this.#lives} ${history.channel}`;
        if (isRefused && this.#given.isLost(run, history.user !== undefined)) continue;
        if (this.#kept.isForgotten(history, offset, this.#sockets.latestOf(this))) this.#lacks(history.channel);
        else problems.push(`late: ${this.name} is connected, and has not heard ${id}`);
      }
    }
  }

  get unread(): number {
    return this.#unread.length;
  }

  /** Whether it lacks nothing that it could have. */
  get isAtRest(): boolean {
    return this.#client.state === 'connected' && this.#client.counts.unacknowledged === 0;
  }

  /** The texts it listens to. */
  get texts(): ReadonlySet<string> {
    return new Set(this.#active.map(({ subscription }) => subscription.text));
  }

  wanted(): ReadonlySet<string> {
    return this.texts;
  }

  get #active(): readonly Listening[] {
    return this.#listenings.filter(({ isOver }) => !isOver);
  }

  reads(take: () => void): void {
    if (this.#isAsleep || !this.#isReading || this.#unread.length > 0) this.#unread.push(take);
    else take();
  }

  /** @param channels - that the text stands for. */
  listen(text: string, channels: readonly string[]): void {
    const { time, story } = this.#stage;
    // Whoever is signed out listens to nothing new until it has signed in again.
    if (this.#client.state === 'closed') return;
    const listener = `${this.name}/${++this.#begun} ${text}`;
    const subscription = this.#client.subscribe(text, ({ data, channel, epoch, offset, private: mine }) => {
      const { id } = data as Said;
      story.tell(this.name, `hears ${id} on ${channel} at ${offset}${mine === true ? ', privately' : ''}`);
      this.#heard.add(id);
      const isRefused = this.#kept.isRefused(this.#sockets.latestOf(this));
      if (this.#given.begins(`${this.#lives} ${channel}`, mine === true, offset, isRefused)) this.#lacks(channel);
      const place = { listener, channel, id, epoch, offset, private: mine === true };
      this.#note({ type: 'heard', at: time.now(), ...place });
    });
    const since = Number.POSITIVE_INFINITY;
    const listening: Listening = { name: listener, subscription, channels, since, isOver: false };
    this.#listenings.push(listening);
    story.tell(this.name, `subscribes to ${text}`);
    const told = (): void => {
      if (listening.isOver) return;
      listening.since = time.elapsed();
      story.tell(this.name, `listens to ${text}`);
      this.#note({ type: 'listening', at: time.now(), listener, user: this.user, channels });
    };
    // Whoever is signed out is told so otherwise.
    subscription.ready.then(told, () => undefined);
  }

  /** Ends a subscription, unless it is the last. */
  unlisten(which: number): void {
    const active = this.#active;
    const listening = active[which % active.length];
    if (active.length < 2 || listening === undefined) return;
    this.#stage.story.tell(this.name, `unsubscribes from ${listening.subscription.text}`);
    listening.subscription.unsubscribe();
    this.#end(listening);
  }

  #end(listening: Listening): void {
    listening.isOver = true;
    // What it is owed from here on is nothing.
    const at = this.#seen.findIndex((each) => each.type === 'listening' && each.listener === listening.name);
    if (at >= 0) this.#seen.splice(at, 1);
    this.#note({ type: 'ended', at: this.#stage.time.now(), listener: listening.name });
  }

  hasHeard(id: string): boolean {
    return this.#heard.has(id);
  }

  /** Publishes, and notes what is said of it. @returns its id */
  broadcast(channel: string, to: readonly string[] | undefined): string {
    const { time, story } = this.#stage;
    const sequence = ++this.#published;
    const id = `${this.name}-${sequence}`;
    story.tell(this.name, `broadcasts ${id} to ${channel}${to === undefined ? '' : ` for ${to.join(', ')}`}`);
    // What a client that was signed out had under way is not awaited.
    const publisher = `${this.name} ${this.#lives}`;
    const about = { id, channel, publisher, sequence, ...(to === undefined ? {} : { to }) };
    this.#note({ type: 'sent', at: time.now(), ...about });
    const [client, begun] = [this.#client, time.elapsed()];
    client.broadcast(channel, { id }, { id, ...(to === undefined ? {} : { targetUsers: to }) }).then(
      () => {
        story.tell(this.name, `is told that ${id} is taken`);
        this.#note({ type: 'acked', at: time.now(), id });
      },
      (error) => {
        story.tell(this.name, `is told of ${id}: ${error}`);
        // Until then it can be sent again, and nobody need ask what became of it.
        const isForgotten = time.elapsed() - begun >= REMEMBERED - MARGIN;
        if (error instanceof OutcomeUnknownError && client.state !== 'closed' && !isForgotten)
          this.#stage.problems.push(`given up: ${this.name} is told of ${id}: ${error}`);
        // What is refused for a time is sent again.
        if (error instanceof RequestError)
          this.#stage.problems.push(`refused: ${this.name} is told of ${id}: ${error}`);
      },
    );
    return id;
  }

  sleep(): void {
    if (!this.#isAsleep) this.#stage.story.tell(this.name, 'falls asleep');
    this.#isAsleep = true;
  }

  wake(): void {
    if (!this.#isAsleep) return;
    this.#stage.story.tell(this.name, 'wakes up');
    this.#isAsleep = false;
    for (const task of [...this.#overdue]) task();
    this.#overdue.clear();
    this.#catchUp();
  }

  /** Stops reading what comes, though it is awake. */
  stall(): void {
    if (this.#isReading) this.#stage.story.tell(this.name, 'stops reading');
    this.#isReading = false;
  }

  read(): void {
    if (this.#isReading) return;
    this.#stage.story.tell(this.name, 'reads again');
    this.#isReading = true;
    this.#catchUp();
  }

  #catchUp(): void {
    if (this.#isAsleep || !this.#isReading) return;
    for (const take of this.#unread.splice(0)) take();
  }

  #note(seen: Seen): void {
    this.#seen.push(seen);
  }
}
