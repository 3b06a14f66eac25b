import { expressions } from '../../../../client/src/expressions.ts';
import {
  type Client,
  ClosedError,
  ConnectionLostError,
  connect,
  OutcomeUnknownError,
  RequestError,
} from '../../../../client/src/index.ts';
import { type Role, sharedSocket } from '../../../../client/src/tabs.ts';
import { SeededRandom } from '../../../seeded-random.ts';
import { event } from '../../sync/world.ts';
import { ModelClock } from '../model/model-clock.ts';
import { broken, type Listening } from '../model/record.ts';
import { ModelService } from '../model/service.ts';
import { Channels } from './channels.ts';
import { LockManager } from './lock-manager.ts';
import { Page } from './page.ts';

const CHANNELS = ['a', 'b', 'x:1', 'x:2', 'x:3', 'y:login'];
const TEXTS = ['a', 'b', 'x:*', 'x:1', '/y:(login|out)/', '**'];
const USER = 'alice';

/** What a run came to. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly appended: number;
  readonly heard: number;
  readonly broadcasts: number;
  readonly killed: number;
  readonly frozen: number;
  /** Connections that were made, in all. */
  readonly connections: number;
}

interface Tab {
  readonly page: Page;
  readonly client: Client;
  readonly listenings: Listening[];
  role: Role | undefined;
}

/** Many tabs of one browser, one service, and what happens to whoever leads. */
export class TabsRun {
  readonly #random: SeededRandom;
  readonly #clock: ModelClock;
  readonly #service: ModelService;
  readonly #locks: LockManager;
  readonly #channels: Channels;
  readonly #tabs: Tab[] = [];
  /** Every tab there was. */
  readonly #all: Tab[] = [];
  readonly #problems: string[] = [];
  readonly #unanswered = new Set<string>();
  readonly #acked: string[] = [];
  #published = 0;
  #killed = 0;
  #frozen = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#clock = new ModelClock(this.#random);
    this.#service = new ModelService(this.#clock, this.#random);
    this.#locks = new LockManager(this.#clock, this.#random);
    this.#channels = new Channels(this.#clock, this.#random);
  }

  /** @param tabs - how many there are. @param steps - how often something happens. */
  async play(tabs: number, steps: number): Promise<Outcome> {
    for (let n = 0; n < tabs; n++) this.#openTab();
    await this.#clock.advance(20_000);
    this.#expectOne('at the beginning');
    Object.assign(this.#service.faults, {
      reorder: this.#random.pick([0, 0.1]),
      duplicate: this.#random.pick([0, 0.1]),
      drop: this.#random.pick([0, 0, 0.05]),
    });
    for (let step = 0; step < steps; step++) {
      this.#act();
      await this.#clock.advance(this.#random.pick([0, 5, 50, 500, 3_000]));
      while (this.#tabs.length < tabs) this.#openTab();
    }
    Object.assign(this.#service.faults, { reorder: 0, duplicate: 0, drop: 0 });
    for (const { page } of this.#tabs) page.thaw();
    await this.#clock.advance(240_000);
    return this.#judge();
  }

  #openTab(): void {
    const page = new Page(this.#clock);
    const webSocket = sharedSocket({
      webSocket: page.socketsOf(this.#service.webSocket),
      locks: this.#locks.of(page),
      BroadcastChannel: this.#channels.of(page),
      clock: page.clock,
      onRole: (role) => {
        tab.role = role;
      },
    });
    const client = connect({
      url: 'ws://model',
      user: USER,
      expressions,
      webSocket,
      clock: page.clock,
      requestTimeout: 10_000,
      replaceAfter: 120_000,
      beatsPerCheck: 2,
      clockSkew: 5,
    });
    const tab: Tab = { page, client, listenings: [], role: undefined };
    client.on('error', (error) => {
      if (!(error instanceof ConnectionLostError || error instanceof RequestError)) this.#problems.push(String(error));
    });
    client.on('gap', (gap) => this.#problems.push(`a gap: ${JSON.stringify(gap)}`));
    for (let n = 0; n < 2; n++) this.#subscribe(tab);
    this.#tabs.push(tab);
    this.#all.push(tab);
  }

  #subscribe({ client, listenings }: Tab): void {
    const listening: Listening = { text: this.#random.pick(TEXTS), items: [], from: undefined, to: undefined };
    listenings.push(listening);
    const heard = client.subscribe(listening.text, (each) => {
      listening.items.push({ event: each, at: this.#clock.now() });
    });
    void heard.ready.then(() => {
      listening.from ??= this.#service.log.length;
    });
    if (!this.#random.chance(0.1)) return;
    this.#clock.after(this.#random.below(60_000), () => {
      listening.to = 0;
      heard.unsubscribe();
    });
  }

  get #leaders(): readonly Tab[] {
    return this.#tabs.filter(({ role, page }) => role === 'leader' && !page.isFrozen);
  }

  #act(): void {
    const dice = this.#random.next();
    if (dice < 0.5) {
      for (let n = this.#random.below(4); n >= 0; n--)
        this.#service.publish(event(this.#random.pick(CHANNELS), `p${this.#published++}`));
    } else if (dice < 0.75) this.#broadcast(this.#random.pick(this.#tabs));
    else if (dice < 0.8) this.#kill(this.#random.pick(this.#leaders));
    else if (dice < 0.85) this.#freeze(this.#random.pick(this.#leaders));
    else if (dice < 0.88) this.#kill(this.#random.pick(this.#tabs));
    else if (dice < 0.91) this.#freeze(this.#random.pick(this.#tabs));
    else if (dice < 0.94) this.#service.cut();
    else if (dice < 0.95) void this.#service.forgetSubscriptions();
    else if (dice < 0.96) this.#service.retire();
    else this.#subscribe(this.#random.pick(this.#tabs));
  }

  #broadcast({ client, page }: Tab): void {
    const id = `b${this.#published++}`;
    const done = (): void => void this.#unanswered.delete(id);
    page.run(() => {
      this.#unanswered.add(id);
      page.onEnd.add(done);
      client.broadcast(this.#random.pick(CHANNELS), { id }, { id }).then(
        () => {
          this.#acked.push(id);
          done();
        },
        (error: unknown) => {
          const isDefined = [RequestError, OutcomeUnknownError, ClosedError].some((known) => error instanceof known);
          if (!isDefined) this.#problems.push(`rejected with ${String(error)}`);
          done();
        },
      );
    });
  }

  #kill(tab: Tab | undefined): void {
    if (tab === undefined) return;
    this.#killed++;
    tab.page.kill();
    // Nobody is there to hear.
    for (const listening of tab.listenings) listening.to = 0;
    this.#tabs.splice(this.#tabs.indexOf(tab), 1);
  }

  #freeze(tab: Tab | undefined): void {
    if (tab === undefined || tab.page.isFrozen) return;
    this.#frozen++;
    tab.page.freeze();
    this.#clock.after(this.#random.pick([100, 3_000, 6_000, 30_000, 400_000]), () => tab.page.thaw());
  }

  #expectOne(when: string): void {
    if (this.#service.open !== 1) this.#problems.push(`${this.#service.open} connections ${when}`);
    for (const { client, role } of this.#tabs)
      if (client.state !== 'connected') this.#problems.push(`${client.state} as ${role} ${when}`);
  }

  #judge(): Outcome {
    this.#expectOne('at the end');
    const { log } = this.#service;
    for (const tab of this.#all) {
      for (const listening of tab.listenings) this.#problems.push(...broken(listening, log, USER, false));
    }
    for (const id of this.#unanswered) this.#problems.push(`never answered: ${id}`);
    for (const id of this.#acked) {
      const times = log.filter(({ identity }) => identity === `${USER}\n${id}`).length;
      if (times !== 1) this.#problems.push(`acked, and appended ${times} times: ${id}`);
    }
    return {
      problems: this.#problems,
      appended: log.length,
      heard: this.#all.flatMap(({ listenings }) => listenings).reduce((sum, { items }) => sum + items.length, 0),
      broadcasts: this.#acked.length,
      killed: this.#killed,
      frozen: this.#frozen,
      connections: this.#service.accepted,
    };
  }
}
