import { expressions } from '../../../../client/src/expressions.ts';
import {
  type Client,
  ConnectionLostError,
  connect,
  type Gap,
  RequestError,
  type SavedPositions,
  type Subscription,
} from '../../../../client/src/index.ts';
import type { HistoryName } from '../../../../lib/ports/history.ts';
import { SeededRandom } from '../../../seeded-random.ts';
import { event } from '../../sync/world.ts';
import { ModelClock } from './model-clock.ts';
import { broken, falseAlarms, type Listening } from './record.ts';
import { type Appended, ModelService } from './service.ts';

const CHANNELS = ['a', 'b', 'x:1', 'x:2', 'x:3', 'y:login'];
const TEXTS = ['a', 'b', 'x:*', 'x:1', '/y:(login|out)/', '**'];
const MINUTE = 60_000;

export interface RunOptions {
  /** Channels that the client remembers. */
  readonly maxChannels?: number;
  /** How likely it is at each step that another client goes on where the one before was, from 0 to 0.015. */
  readonly reloads?: number;
}

/** What a run came to. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly appended: number;
  readonly heard: number;
  readonly gaps: number;
  /** Gaps declared where the client only could not be sure. */
  readonly falseAlarms: number;
  readonly connections: number;
}

/** One client, one service, and everything that can go wrong between them, as the seed has it. */
class Run {
  readonly #random: SeededRandom;
  readonly #clock: ModelClock;
  readonly #service: ModelService;
  readonly #connect: (positions?: SavedPositions) => Client;
  #client: Client;
  /** Of clients that there were before. */
  readonly #before = { events: 0, gaps: 0, connections: 0 };
  readonly #reloads: number;
  readonly #listenings: Listening[] = [];
  readonly #active = new Map<Subscription, Listening>();
  readonly #gaps: Gap[] = [];
  /** What failed and is neither the network's nor the service's doing. */
  readonly #errors: string[] = [];
  #published = 0;
  #acked = new Set<string>();
  readonly #forgets: boolean;

  constructor(seed: number, { maxChannels, reloads = 0 }: RunOptions) {
    this.#reloads = reloads;
    this.#forgets = maxChannels !== undefined;
    this.#random = new SeededRandom(seed);
    this.#clock = new ModelClock(this.#random);
    this.#service = new ModelService(this.#clock, this.#random);
    this.#connect = (positions) =>
      this.#listenTo(
        connect({
          ...(positions === undefined ? {} : { positions }),
          url: 'ws://model',
          user: 'alice',
          expressions,
          webSocket: this.#service.webSocket,
          clock: this.#clock,
          requestTimeout: 10_000,
          replaceAfter: 2 * MINUTE,
          beatsPerCheck: 2,
          clockSkew: 5,
          ...(maxChannels === undefined ? {} : { maxChannels }),
        }),
      );
    this.#client = this.#connect();
  }

  #listenTo(client: Client): Client {
    client.on('error', (error) => {
      if (!(error instanceof ConnectionLostError || error instanceof RequestError)) this.#errors.push(String(error));
    });
    client.on('gap', (gap) => {
      this.#gaps.push(gap);
      for (const { items } of this.#active.values()) items.push({ gap, at: this.#clock.now() });
    });
    return client;
  }

  async play(steps: number): Promise<Outcome> {
    for (let n = 0; n < 3; n++) this.#subscribe();
    Object.assign(this.#service.faults, {
      reorder: this.#random.pick([0, 0.1, 0.5]),
      duplicate: this.#random.pick([0, 0.1, 0.5]),
      drop: this.#random.pick([0, 0.05, 0.3]),
      refuse: this.#random.pick([0, 0.3]),
    });
    for (let step = 0; step < steps; step++) {
      await this.#act();
      await this.#clock.advance(this.#random.pick([0, 5, 50, 500, 5_000]));
    }
    Object.assign(this.#service.faults, { reorder: 0, duplicate: 0, drop: 0, refuse: 0 });
    await this.#clock.advance(10 * MINUTE);
    return this.#judge();
  }

  #subscribe(): void {
    const listening: Listening = { text: this.#random.pick(TEXTS), items: [], from: undefined, to: undefined };
    this.#listenings.push(listening);
    this.#listen(listening);
  }

  #listen(listening: Listening): void {
    const subscription = this.#client.subscribe(listening.text, (heard) => {
      listening.items.push({ event: heard, at: this.#clock.now() });
    });
    this.#active.set(subscription, listening);
    void subscription.ready.then(
      () => {
        listening.from ??= this.#service.log.length;
        const isGreeted = this.#client.connection !== undefined || this.#service.ungreeted > 0;
        if (!isGreeted && listening.to === undefined)
          this.#errors.push(`ready without a connection: ${listening.text}`);
      },
      () => undefined,
    );
  }

  /** Another page takes over, by what the one before knew in its last moment. */
  async #reload(): Promise<void> {
    const { events, gaps, connections, unacknowledged } = this.#client.counts;
    // What it sent may not have been taken.
    if (unacknowledged > 0) return;
    const positions = JSON.parse(JSON.stringify(this.#client.exportPositions())) as SavedPositions;
    await this.#client.close();
    this.#before.events += events;
    this.#before.gaps += gaps;
    this.#before.connections += connections;
    const active = [...this.#active.values()];
    this.#active.clear();
    await this.#clock.advance(this.#random.pick([0, 500, MINUTE]));
    this.#client = this.#connect(positions);
    for (const listening of active) this.#listen(listening);
  }

  #unsubscribe(): void {
    if (this.#active.size < 2) return;
    const [subscription, listening] = this.#random.pick([...this.#active]);
    subscription.unsubscribe();
    listening.to = 0;
    this.#active.delete(subscription);
  }

  #publish(): void {
    const targets = this.#random.chance(0.25) ? { targetUsers: [this.#random.pick(['alice', 'dave'])] } : {};
    this.#service.publish(event(this.#random.pick(CHANNELS), `p${this.#published++}`, targets));
  }

  #broadcast(): void {
    const id = `b${this.#published++}`;
    void this.#client.broadcast(this.#random.pick(CHANNELS), { id }, { id }).then(() => this.#acked.add(id));
  }

  #anyHistory(): Appended | undefined {
    return this.#service.log.length === 0 ? undefined : this.#random.pick(this.#service.log);
  }

  async #act(): Promise<void> {
    const service = this.#service;
    const dice = this.#random.next();
    if (dice < 0.6) {
      for (let n = this.#random.below(5); n >= 0; n--) this.#publish();
    } else if (dice < 0.7) this.#broadcast();
    else if (dice < 0.77) service.cut();
    else if (dice < 0.79) service.retire();
    else if (dice < 0.86) service.redeliver();
    else if (dice < 0.88) this.#subscribe();
    else if (dice < 0.89) this.#unsubscribe();
    else if (dice < 0.89 + this.#reloads) await this.#reload();
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
    // Set back, grown again, and of all frames this one lost: no client could tell.
    else if (this.#service.faults.drop === 0) this.#setBack(name, this.#random.below(history.offset + 1));
  }

  /**
   * Sets a history back to what the client has heard of it, at the least: what it never heard it cannot compare. Nor can it
   * what it heard before it was unsubscribed, and forgot.
   */
  #setBack(name: HistoryName, count: number): void {
    const heard = [...this.#active.values()].flatMap(({ items }) =>
      items.flatMap((item) => {
        if (!('event' in item) || item.event.channel !== name.channel) return [];
        return (item.event.private === true) === (name.user === 'alice') ? [item.event.offset] : [];
      }),
    );
    if (heard.length > 0) this.#service.setBack(name, Math.max(count, Math.min(...heard)));
  }

  #judge(): Outcome {
    const { log } = this.#service;
    const listenings = this.#listenings.filter(({ to }) => to === undefined);
    const problems = [
      ...this.#errors,
      ...listenings.flatMap((listening) => broken(listening, log, 'alice', this.#forgets)),
    ];
    for (const listening of listenings)
      if (listening.from === undefined) problems.push(`never ready: ${listening.text}`);
    for (const text of this.#service.contradictions) problems.push(`subscribed to and unsubscribed at once: ${text}`);
    if (this.#client.counts.unacknowledged > 0) problems.push('broadcasts were never acknowledged');
    for (const id of this.#acked) {
      if (!log.some(({ identity }) => identity === `alice\n${id}`)) problems.push(`acked and never appended: ${id}`);
    }
    const { counts } = this.#client;
    const [events, gaps, connections] = (['events', 'gaps', 'connections'] as const).map(
      (name) => counts[name] + this.#before[name],
    ) as [number, number, number];
    const alarms = falseAlarms(this.#gaps, log, 'alice').length;
    return { problems, appended: log.length, heard: events, gaps, falseAlarms: alarms, connections };
  }
}

/**
 * Plays one seeded run.
 *
 * @param options - what the client and the run are like; of one client that remembers all channels, unless given.
 */
export const play = (seed: number, options: RunOptions = {}): Promise<Outcome> => new Run(seed, options).play(80);
