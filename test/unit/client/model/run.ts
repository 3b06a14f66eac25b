import { expressions } from '../../../../client/src/expressions.ts';
import {
  type Client,
  ClosedError,
  ConnectionLostError,
  connect,
  type Gap,
  RequestError,
  type SavedPositions,
  type Subscription,
  type WebSocketConstructor,
} from '../../../../client/src/index.ts';
import { sharedSocket } from '../../../../client/src/tabs.ts';
import type { HistoryName } from '../../../../lib/ports/history.ts';
import { SeededRandom } from '../../../seeded-random.ts';
import { matches } from '../../match/oracle.ts';
import { event } from '../../sync/world.ts';
import { Channels } from '../tabs/channels.ts';
import { LockManager } from '../tabs/lock-manager.ts';
import { Page } from '../tabs/page.ts';
import { ModelClock } from './model-clock.ts';
import { overheard } from './overheard.ts';
import { broken, falseAlarms, type Listening } from './record.ts';
import { type Appended, ModelService } from './service.ts';

const CHANNELS = ['a', 'b', 'x:1', 'x:2', 'x:3', 'y:login'];
const TEXTS = ['a', 'b', 'x:*', 'x:1', '/y:(login|out)/', '**'];
const MINUTE = 60_000;

export interface RunOptions {
  /** Channels that a client remembers. */
  readonly maxChannels?: number;
  /** How likely it is at each step that another client goes on where the one before was, from 0 to 0.015. */
  readonly reloads?: number;
  /** How likely it is at each step that a client reads a history backwards, from 0 to 1. */
  readonly looks?: number;
  /** Whether some answers come up to five seconds later than what happens meanwhile. */
  readonly isLate?: boolean;
  /** Tabs that share a connection; killed and frozen, too. Default 1, which has a socket as any client does. */
  readonly tabs?: number;
}

/** What a run came to. */
export interface Outcome {
  readonly problems: readonly string[];
  /** Pages of histories that were read backwards. */
  readonly looks: number;
  readonly appended: number;
  readonly heard: number;
  readonly gaps: number;
  /** Gaps declared where the client only could not be sure. */
  readonly falseAlarms: number;
  readonly connections: number;
}

/** A client, in a tab of its own where there are several, and what it came to hear. */
interface Tab {
  client: Client;
  readonly page: Page;
  /** Ids of the events that came to its clients. */
  readonly came: Set<string>;
  readonly listenings: Listening[];
  readonly active: Map<Subscription, Listening>;
  readonly gaps: Gap[];
  /** Of clients that there were before. */
  readonly before: { events: number; gaps: number; connections: number };
}

/** A service, its clients, and everything that can go wrong between them, as the seed has it. */
class Run {
  readonly #random: SeededRandom;
  readonly #clock: ModelClock;
  readonly #service: ModelService;
  readonly #locks: LockManager;
  readonly #channels: Channels;
  readonly #options: RunOptions;
  readonly #count: number;
  readonly #tabs: Tab[] = [];
  /** Those that were killed: what they heard counts all the same. */
  readonly #ended: Tab[] = [];
  /** What failed and is neither the network's nor the service's doing. */
  readonly #errors: string[] = [];
  #published = 0;
  /** Whether a tab stood still: a greeting that it was to hand on, or to hear, may have come too late to be waited for. */
  #hasFrozen = false;
  readonly #acked = new Set<string>();
  /** Pages of histories that were read backwards. */
  #looks = 0;

  constructor(seed: number, options: RunOptions) {
    this.#options = options;
    this.#count = options.tabs ?? 1;
    this.#random = new SeededRandom(seed);
    this.#clock = new ModelClock(this.#random);
    this.#service = new ModelService(this.#clock, this.#random);
    this.#locks = new LockManager(this.#clock, this.#random);
    this.#channels = new Channels(this.#clock, this.#random);
    while (this.#tabs.length < this.#count) this.#open();
  }

  #open(): Tab {
    const came = new Set<string>();
    const page = new Page(this.#clock);
    const tab: Tab = {
      ...{ page, came, client: this.#connect(page, came), listenings: [], active: new Map(), gaps: [] },
      before: { events: 0, gaps: 0, connections: 0 },
    };
    this.#listenTo(tab);
    this.#tabs.push(tab);
    return tab;
  }

  #connect(page: Page, came: Set<string>, positions?: SavedPositions): Client {
    const { maxChannels } = this.#options;
    return connect({
      ...(positions === undefined ? {} : { positions }),
      url: 'ws://model',
      user: 'alice',
      expressions,
      webSocket: overheard(this.#socketsOf(page), came),
      clock: page.clock,
      requestTimeout: 10_000,
      replaceAfter: 2 * MINUTE,
      beatsPerCheck: 2,
      clockSkew: 5,
      ...(maxChannels === undefined ? {} : { maxChannels }),
    });
  }

  #listenTo({ client, gaps, active }: Tab): void {
    client.on('error', (error) => {
      if (!(error instanceof ConnectionLostError || error instanceof RequestError)) this.#errors.push(String(error));
    });
    client.on('gap', (gap) => {
      gaps.push(gap);
      for (const { items } of active.values()) items.push({ gap, at: this.#clock.now() });
    });
  }

  #socketsOf(page: Page): WebSocketConstructor {
    const webSocket = page.socketsOf(this.#service.webSocket);
    if (this.#count === 1) return webSocket;
    const [locks, BroadcastChannel] = [this.#locks.of(page), this.#channels.of(page)];
    return sharedSocket({ webSocket, locks, BroadcastChannel, clock: page.clock });
  }

  async play(steps: number): Promise<Outcome> {
    for (const tab of this.#tabs) for (let n = 0; n < 3; n++) this.#subscribe(tab);
    Object.assign(this.#service.faults, {
      reorder: this.#random.pick([0, 0.1, 0.5]),
      duplicate: this.#random.pick([0, 0.1, 0.5]),
      drop: this.#random.pick([0, 0.05, 0.3]),
      refuse: this.#random.pick([0, 0.3]),
    });
    if (this.#options.isLate) {
      this.#service.late = (type) =>
        (type === 'subscribe' || type === 'replay') && this.#random.chance(0.3)
          ? this.#random.pick([100, 1_000, 5_000])
          : 0;
    }
    for (let step = 0; step < steps; step++) {
      if (this.#count > 1) this.#disturb();
      if (this.#options.looks !== undefined && this.#random.chance(this.#options.looks)) this.#look(this.#anyTab());
      await this.#act();
      await this.#clock.advance(this.#random.pick([0, 5, 50, 500, 5_000]));
    }
    Object.assign(this.#service.faults, { reorder: 0, duplicate: 0, drop: 0, refuse: 0 });
    this.#service.late = () => 0;
    for (const { page } of this.#tabs) page.thaw();
    await this.#clock.advance(10 * MINUTE);
    return this.#judge();
  }

  /** One of the tabs; nothing is left to chance where there is one. */
  #anyTab(): Tab {
    return this.#tabs.length === 1 ? (this.#tabs[0] as Tab) : this.#random.pick(this.#tabs);
  }

  /** A tab is killed, and another opened; or one is frozen for a while. */
  #disturb(): void {
    const dice = this.#random.next();
    if (dice > 0.06) return;
    const tab = this.#anyTab();
    if (dice > 0.03) {
      if (tab.page.isFrozen) return;
      this.#hasFrozen = true;
      tab.page.freeze();
      this.#clock.after(this.#random.pick([100, 3_000, 6_000, 30_000]), () => tab.page.thaw());
      return;
    }
    tab.page.kill();
    // Nobody is there to hear.
    for (const listening of tab.listenings) listening.to = 0;
    this.#tabs.splice(this.#tabs.indexOf(tab), 1);
    this.#ended.push(tab);
    const opened = this.#open();
    for (let n = 0; n < 3; n++) this.#subscribe(opened);
  }

  #subscribe(tab: Tab): void {
    const text = this.#random.pick(TEXTS);
    const listening: Listening = { text, items: [], came: tab.came, from: undefined, to: undefined };
    tab.page.run(() => {
      tab.listenings.push(listening);
      this.#listen(tab, listening);
    });
  }

  #listen({ client, active }: Tab, listening: Listening): void {
    const subscription = client.subscribe(listening.text, (heard) => {
      listening.items.push({ event: heard, at: this.#clock.now() });
    });
    active.set(subscription, listening);
    void subscription.ready.then(
      () => {
        listening.from ??= this.#service.log.length;
        const isGreeted = client.connection !== undefined || this.#service.ungreeted > 0 || this.#hasFrozen;
        if (!isGreeted && listening.to === undefined)
          this.#errors.push(`ready without a connection: ${listening.text}`);
      },
      () => undefined,
    );
  }

  /** Another page takes over, by what the one before knew in its last moment. */
  async #reload(tab: Tab): Promise<void> {
    const { client, page, before, active } = tab;
    const { events, gaps, connections, unacknowledged } = client.counts;
    // What it sent may not have been taken.
    if (unacknowledged > 0 || page.isFrozen) return;
    const positions = JSON.parse(JSON.stringify(client.exportPositions())) as SavedPositions;
    await client.close();
    before.events += events;
    before.gaps += gaps;
    before.connections += connections;
    const listenings = [...active.values()];
    active.clear();
    await this.#clock.advance(this.#random.pick([0, 500, MINUTE]));
    tab.client = this.#connect(page, tab.came, positions);
    this.#listenTo(tab);
    for (const listening of listenings) this.#listen(tab, listening);
  }

  #unsubscribe({ page, active }: Tab): void {
    if (active.size < 2) return;
    const [subscription, listening] = this.#random.pick([...active]);
    page.run(() => {
      subscription.unsubscribe();
      listening.to = 0;
      active.delete(subscription);
    });
  }

  #publish(): void {
    const targets = this.#random.chance(0.25) ? { targetUsers: [this.#random.pick(['alice', 'dave'])] } : {};
    this.#service.publish(event(this.#random.pick(CHANNELS), `p${this.#published++}`, targets));
  }

  #broadcast({ client, page }: Tab): void {
    const id = `b${this.#published++}`;
    const channel = this.#random.pick(CHANNELS);
    page.run(() => void client.broadcast(channel, { id }, { id }).then(() => this.#acked.add(id)));
  }

  #anyHistory(): Appended | undefined {
    return this.#service.log.length === 0 ? undefined : this.#random.pick(this.#service.log);
  }

  /** Reads a history backwards, which changes nothing of what is heard: from its end, or before an event of it. */
  #look({ client, page }: Tab): void {
    const known = this.#anyHistory();
    const isPlace = known !== undefined && known.user === undefined && this.#random.chance(0.5);
    const [channel, before] = isPlace ? [known.channel, known] : [this.#random.pick(CHANNELS), undefined];
    const last = 1 + this.#random.below(8);
    page.run(() => {
      client.history(channel, { last, ...(before && { before: { offset: before.offset, epoch: before.epoch } }) }).then(
        ({ events, ...rest }) => {
          this.#looks++;
          const [first, newest] = [events[0], events.at(-1)];
          const isWhole =
            events.length <= last &&
            events.every(({ offset, epoch }, i) => offset === (first?.offset ?? 0) + i && epoch === first?.epoch) &&
            (before === undefined || newest === undefined || newest.offset < before.offset) &&
            (rest.before === null || rest.before.offset === first?.offset);
          if (!isWhole) this.#errors.push(`no page of ${channel} before ${before?.offset}: ${JSON.stringify(events)}`);
        },
        (error: unknown) => {
          if (!(error instanceof RequestError || error instanceof ClosedError)) this.#errors.push(String(error));
        },
      );
    });
  }

  async #act(): Promise<void> {
    const service = this.#service;
    const dice = this.#random.next();
    if (dice < 0.6) {
      for (let n = this.#random.below(5); n >= 0; n--) this.#publish();
    } else if (dice < 0.7) this.#broadcast(this.#anyTab());
    else if (dice < 0.77) service.cut();
    else if (dice < 0.79) service.retire();
    else if (dice < 0.86) service.redeliver();
    else if (dice < 0.88) this.#subscribe(this.#anyTab());
    else if (dice < 0.89) this.#unsubscribe(this.#anyTab());
    else if (dice < 0.89 + (this.#options.reloads ?? 0)) await this.#reload(this.#anyTab());
    else if (dice < 0.905) await service.forgetSubscriptions();
    else if (dice < 0.92) await service.mistakeSubscription();
    else this.#damage();
  }

  /** Something happens to a history, or to one of the two clocks that date events. */
  #damage(): void {
    if (this.#random.chance(0.2)) {
      this.#service.storeClock.ahead = this.#random.pick([-10 * MINUTE, 0, 10 * MINUTE]);
      return;
    }
    const history = this.#anyHistory();
    if (history === undefined) return;
    const { channel, user } = history;
    const name = { channel, ...(user === undefined ? {} : { user }) };
    const dice = this.#random.next();
    if (dice < 0.5) this.#service.trim(name, this.#random.below(history.offset + 1));
    else if (dice < 0.75) this.#service.lose(name);
    else this.#setBack(name, this.#random.below(history.offset + 1));
  }

  /**
   * Sets a history back to what each client has heard of it, at the least: what it never heard it cannot compare. Nor can it
   * what it heard before it was unsubscribed, and forgot.
   */
  #setBack(name: HistoryName, count: number): void {
    const first = this.#tabs.map(({ active }) => {
      const heard = [...active.values()].flatMap(({ items }) =>
        items.flatMap((item) => {
          if (!('event' in item) || item.event.channel !== name.channel) return [];
          return (item.event.private === true) === (name.user === 'alice') ? [item.event.offset] : [];
        }),
      );
      const listens = [...active.values()].some(({ text }) => matches(text, name.channel));
      return heard.length > 0 ? Math.min(...heard) : listens ? Number.POSITIVE_INFINITY : undefined;
    });
    const least = Math.max(...first.filter((offset) => offset !== undefined));
    if (Number.isFinite(least)) this.#service.setBack(name, Math.max(count, least));
  }

  #judge(): Outcome {
    const { log } = this.#service;
    const problems = [...this.#errors];
    for (const { client, listenings } of this.#tabs) {
      const lasting = listenings.filter(({ to }) => to === undefined);
      const { maxChannels } = this.#options;
      problems.push(...lasting.flatMap((each) => broken(each, log, 'alice', maxChannels !== undefined)));
      for (const listening of lasting)
        if (listening.from === undefined) problems.push(`never ready: ${listening.text}`);
      if (client.counts.unacknowledged > 0) problems.push('broadcasts were never acknowledged');
    }
    for (const text of this.#service.contradictions) problems.push(`subscribed to and unsubscribed at once: ${text}`);
    for (const id of this.#acked) {
      if (!log.some(({ identity }) => identity === `alice\n${id}`)) problems.push(`acked and never appended: ${id}`);
    }
    const all = [...this.#tabs, ...this.#ended];
    const sum = (countOf: (tab: Tab) => number): number => all.reduce((total, tab) => total + countOf(tab), 0);
    return {
      problems,
      looks: this.#looks,
      appended: log.length,
      heard: sum(({ client, before }) => client.counts.events + before.events),
      gaps: sum(({ client, before }) => client.counts.gaps + before.gaps),
      falseAlarms: sum(({ gaps }) => falseAlarms(gaps, log, 'alice').length),
      connections:
        this.#count > 1
          ? this.#service.accepted
          : sum(({ client, before }) => client.counts.connections + before.connections),
    };
  }
}

/**
 * Plays one seeded run.
 *
 * @param options - what clients and the run are like; of one client that remembers all channels, unless given.
 */
export const play = (seed: number, options: RunOptions = {}): Promise<Outcome> => new Run(seed, options).play(80);
