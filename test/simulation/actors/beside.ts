import type { MemoryStore } from '../../../lib/memory/store.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import type { Seen } from '../../faults/checker.ts';
import type { Cuts } from '../judges/cuts.ts';
import { FOLLOWER, FOLLOWING, Followed, WatchedConsumers } from '../judges/followed.ts';
import type { Kept } from '../judges/kept.ts';
import { Told } from '../judges/told.ts';
import { CHANNELS, type Plan, type Step, TEXTS } from '../plans/plan.ts';
import { GUEST, USERS } from '../plans/users.ts';
import type { Broker } from '../service/broker.ts';
import { ForeignQueues } from '../service/foreign-queues.ts';
import type { deploy } from '../service/functions.ts';
import type { Issuer } from '../service/issuer.ts';
import { Outward } from '../service/outward.ts';
import type { Sockets } from '../service/sockets.ts';
import type { Stage } from '../stage/environment.ts';
import type { Device } from './devices.ts';
import { GRANTINGS, type Granting } from './grants.ts';
import { Guest } from './guest.ts';
import { Historian } from './historian.ts';
import { Keeper } from './keeper.ts';
import { Operator } from './operator.ts';
import { Pages } from './pages.ts';
import { Worker } from './worker.ts';

type Functions = ReturnType<typeof deploy>['functions'];

/** The queue that refuses everything as it is judged whether it holds up others. */
const REFUSING = 1;

/** What a consumer follows, first and later. */
const FOLLOWED = [
  ['x:*', 'a'],
  ['**', '/y:(login|out)/'],
];

/** Milliseconds for which something lasts, at the most. */
const WHILE = 20_000;

/** Milliseconds after which it is asked again for what was not answered. */
const AGAIN = 10_000;

/** What Redis may evict of a history: all of it or a part, with or without what is known of numbers. */
const EVICTED = [
  ['counters', 'events', 'ids', 'turns'],
  ['counters', 'events', 'ids', 'turns', 'publishers'],
  ['publishers'],
  ['events'],
] as const;

/** Histories that there may be. */
const HISTORIES = CHANNELS.flatMap((channel) => [{ channel }, ...[...USERS, GUEST].map((user) => ({ channel, user }))]);

/** What there is beside clients and those who publish: back-ends that hear, the service’s own events, and who is granted what. */
export class Beside {
  readonly #stage: Stage;
  readonly #plan: Plan;
  readonly #store: MemoryStore;
  readonly #queues: ForeignQueues;
  readonly #told: Told;
  readonly #followed: Followed;
  readonly #cuts: Cuts;
  readonly #kept: Kept;
  readonly outward: Outward;
  #functions: Functions | undefined;
  #issuer: Issuer | undefined;
  #workers: readonly Worker[] = [];
  #guest: Guest | undefined;
  #keeper: Keeper | undefined;
  #pages: Pages | undefined;
  #historian: Historian | undefined;
  #operator: Operator | undefined;
  #sockets: Sockets | undefined;
  #isChanged = false;
  #isAnnouncing = true;
  #areNumbersSure = true;

  constructor(
    stage: Stage,
    plan: Plan,
    store: MemoryStore,
    broker: Broker,
    { cuts, kept }: { readonly cuts: Cuts; readonly kept: Kept },
  ) {
    this.#stage = stage;
    this.#plan = plan;
    this.#store = store;
    this.#cuts = cuts;
    this.#kept = kept;
    const { capacity = 0, most = 0, private: isPrivate = false } = plan.appended ?? {};
    const queues = [
      { topics: '#', pattern: '**', isPrivate: false, capacity: 1_000 },
      { topics: 'x.*', pattern: 'x:*', isPrivate: false, capacity },
      { topics: '#', pattern: '**', isPrivate: true, capacity },
    ];
    this.#queues = new ForeignQueues(stage, store, plan.appended === undefined ? [] : queues, most, isPrivate);
    const kinds = new Set(plan.told);
    const has = (deed: Step['deed']): boolean => plan.steps.some((step) => step.deed === deed);
    this.#told = new Told(stage, store, kinds, !has('deploy') && plan.singleActiveConsumer);
    broker.onTaken = (id, at) => this.#told.published(id, at);
    this.#followed = new Followed(stage, {
      store,
      cuts,
      kept,
      channels: CHANNELS,
      areLeasesSure: !has('set the clock of redis'),
    });
    this.outward = new Outward(stage, {
      ...{ store, kinds, told: this.#told, queues: this.#queues, followed: this.#followed },
      announced: { enabled: plan.appended !== undefined, private: isPrivate },
      hasConsumers: plan.workers > 0,
    });
  }

  /** It begins, with what is there. */
  begin(functions: Functions, sockets: Sockets, issuer: Issuer | undefined, seen: Seen[]): void {
    this.#functions = functions;
    this.#sockets = sockets;
    this.#issuer = issuer;
    if (this.#plan.hasGuest && issuer !== undefined) this.#guest = new Guest(this.#stage, sockets, issuer);
    const parts = { sockets, issuer, seen };
    if (this.#plan.hasKeeper) this.#keeper = new Keeper(this.#stage, parts);
    if (this.#plan.hasPages) this.#pages = new Pages(this.#stage, { ...parts, cuts: this.#cuts, kept: this.#kept });
    const { maxEvents } = this.#plan;
    if (this.#plan.hasHistorian)
      this.#historian = new Historian(this.#stage, { ...parts, cuts: this.#cuts, kept: this.#kept, maxEvents });
    if (this.#plan.steps.some(({ deed }) => deed.startsWith('list ')))
      this.#operator = new Operator(this.#stage, this.#store, functions.monitor);
    if (this.#plan.workers === 0) return;
    const [patterns = []] = FOLLOWED;
    // It was made long ago.
    void new WatchedConsumers(this.#store, this.#followed).put(
      FOLLOWER,
      FOLLOWING,
      patterns,
      JSON.stringify({ since: this.#store.clock.now(), at: [] }),
    );
    this.#followed.asksFor(patterns);
    this.#followed.follows(patterns);
    this.#workers = Array.from({ length: this.#plan.workers }, (_, n) => {
      return new Worker(this.#stage, functions.consumers, this.#followed, `worker-${n + 1}`, this.#plan.mostPatience);
    });
  }

  /** Whether its clock was, or is to be. */
  get #isRedisWrong(): boolean {
    return this.#plan.steps.some(({ deed }) => deed === 'set the clock of redis');
  }

  get actors(): number {
    const all = [this.#guest, this.#keeper, this.#pages, this.#historian, this.#operator];
    const alone = all.filter((each) => each !== undefined).length;
    return this.#workers.length + alone + (this.#plan.appended === undefined ? 0 : 3);
  }

  /** A minute begins. */
  tick(): void {
    if (this.outward.isOn && this.#isAnnouncing) void this.#functions?.appended.invoke(undefined);
  }

  /** @returns whether it was something that is done here. */
  do({ deed, who, where, much }: Step, device: Device): boolean {
    const { time } = this.#stage;
    const { announced } = this.outward;
    const some = Math.floor(much * WHILE);
    switch (deed) {
      case 'announce':
        this.tick();
        break;
      case 'kill who announces':
        this.#functions?.appended.kill();
        break;
      case 'refuse in a queue':
        if (announced.enabled) time.after(some, this.#queues.stall(who));
        break;
      case 'kill a worker':
        this.#workers[who % Math.max(1, this.#workers.length)]?.kill();
        break;
      case 'move a consumer':
        if (this.#workers.length > 0) void this.#functions?.consumers.invoke({ kind: 'move', name: FOLLOWING });
        break;
      case 'follow something else':
        if (this.#workers.length > 0 && !this.#isChanged) void this.#change();
        break;
      case 'ask of consumers':
        if (this.#workers.length > 0) void this.#manage();
        break;
      case 'grant something else':
        this.#grant(who, where, device.user);
        break;
      case 'ask as a guest':
        this.#guest?.ask(where, much < 0.7);
        break;
      case 'send to the guest':
        if (this.#guest !== undefined)
          this.#guest.isSent(device.broadcast(CHANNELS[where % CHANNELS.length] as string, [GUEST]));
        break;
      case 'write and keep':
        for (let n = 0; n < 1 + Math.floor(much * 4); n++)
          this.#keeper?.write(CHANNELS[where % CHANNELS.length] as string);
        break;
      case 'write privately and keep':
        this.#keeper?.write(CHANNELS[where % CHANNELS.length] as string, much < 0.5 ? [USERS[0] as string] : USERS);
        break;
      case 'close the page':
        this.#keeper?.close(much);
        break;
      case 'cut the page':
        if (this.#keeper !== undefined) this.#sockets?.cut(this.#keeper, much < 0.3);
        break;
      case 'crowd a channel':
        this.#keeper?.crowd(CHANNELS[where % CHANNELS.length] as string);
        break;
      case 'write on a page':
        for (let n = 0; n < 1 + Math.floor(much * 4); n++)
          this.#pages?.write(who, CHANNELS[where % CHANNELS.length] as string);
        break;
      case 'write on a page privately':
        this.#pages?.write(who, CHANNELS[where % CHANNELS.length] as string, USERS);
        break;
      case 'open a page':
        this.#pages?.open();
        break;
      case 'kill a page':
        this.#pages?.end(who, much);
        break;
      case 'freeze a page':
        this.#pages?.freeze(who, much);
        break;
      case 'cut off a page':
        this.#pages?.cut(who, much < 0.3);
        break;
      case 'look back':
        this.#historian?.lookBack(CHANNELS[where % CHANNELS.length] as string, 1 + Math.floor(much * 5));
        break;
      case 'begin with the state':
        this.#historian?.begin(TEXTS.filter((_, n) => (1 + (where % 63)) & (1 << n)));
        break;
      case 'end a subscription':
        this.#historian?.end(TEXTS[where % TEXTS.length] as string);
        break;
      case 'cut the historian':
        if (this.#historian !== undefined) this.#sockets?.cut(this.#historian, much < 0.3);
        break;
      case 'list connections':
        void this.#operator?.list({}, much);
        break;
      case 'list listeners':
        void this.#operator?.list({ channel: CHANNELS[where % CHANNELS.length] as string }, much);
        break;
      case 'redis full':
        this.#stage.story.tell('redis', 'is full');
        this.#stage.isFull = true;
        time.after(some, () => this.#mendRedis());
        break;
      case 'redis evicts':
        this.#evict(who, where);
        break;
      default:
        return false;
    }
    return true;
  }

  #grant(who: number, where: number, user: string): void {
    if (this.#guest === undefined) return;
    if (who % 3 > 0) {
      this.#guest.authenticate(where);
      return;
    }
    const { grants } = GRANTINGS[where % GRANTINGS.length] as Granting;
    this.#stage.story.tell('operator', `grants ${user} ${grants.subscribe.join(', ')}`);
    this.#issuer?.grant(user, grants);
  }

  /** The consumer follows something else, once that is answered. */
  async #change(): Promise<void> {
    this.#isChanged = true;
    const patterns = FOLLOWED[1] as readonly string[];
    this.#stage.story.tell('operator', `has the consumer follow ${patterns.join(', ')}`);
    this.#followed.asksFor(patterns);
    for (;;) {
      const put = await this.#functions?.consumers.invoke({ kind: 'put', name: FOLLOWING, patterns });
      if (put?.isDone === true && 'isDone' in put.answer) break;
      await this.#stage.time.sleep(AGAIN);
    }
    this.#followed.follows(patterns);
  }

  /** Another consumer is made and removed. */
  async #manage(): Promise<void> {
    const { consumers } = this.#functions as Functions;
    await consumers.invoke({ kind: 'put', name: 'spare', patterns: ['a'] });
    await consumers.invoke({ kind: 'list', name: 'spare' });
    await consumers.invoke({ kind: 'remove', name: 'spare' });
  }

  /** Redis has a history, or what a connection is subscribed to, no more. */
  #evict(who: number, where: number): void {
    const { story, fate } = this.#stage;
    const store = this.#store;
    if (who % 2 === 0) {
      const lists = store.subscriptions.keys().sort();
      const id = lists[where % Math.max(1, lists.length)];
      if (id === undefined) return;
      story.tell('redis', `evicts the list of ${id}`);
      store.subscriptions.delete(id);
      this.evicted.add(id);
      return;
    }
    const scope = scopeOf(fate.at('evictions').pick(HISTORIES));
    const parts = fate.at('evicted parts').pick(EVICTED);
    story.tell('redis', `evicts of the history ${scope.replace('\n', ' for ')} its ${parts.join(', ')}`);
    for (const part of parts) store[part].delete(scope);
    if (parts.some((part) => part === 'publishers')) this.#areNumbersSure = false;
  }

  #mendRedis(): void {
    if (this.#stage.isFull) this.#stage.story.tell('redis', 'has room again');
    this.#stage.isFull = false;
  }

  /** Nothing goes wrong any more. */
  mend(): void {
    this.#mendRedis();
    this.#queues.goOn();
    this.#issuer?.grantAll();
    this.#guest?.beginAnew();
    this.#pages?.mend();
  }

  /** Connections whose lists Redis has no more: nobody knows any longer where they are listeners. */
  readonly evicted = new Set<string>();

  /** Writes that may come twice where Redis forgets: those by whose numbers alone they are known, and all where it forgets numbers. */
  get mayComeTwice(): readonly string[] {
    const { writes = [], isNaming = true } = this.#keeper ?? {};
    return isNaming && this.#areNumbersSure ? [] : writes;
  }

  /** @param mayForget - Redis may have forgotten some of it. */
  isAtRest(mayForget: boolean): boolean {
    const { announced, kinds } = this.outward;
    if ([this.#keeper, this.#pages, this.#historian, this.#operator].some((each) => each?.isAtRest === false))
      return false;
    const waiting = [...this.#store.backlog.values()].some(({ due }) => due.size > 0);
    if (announced.enabled && (waiting || !this.#queues.isEmpty)) return false;
    if (kinds.size > 0 && this.#store.untold.size > 0) return false;
    return mayForget || this.#followed.behind.length === 0;
  }

  /** Who has nothing but what is promised proves that it is done. */
  prove(): void {
    this.#historian?.prove();
  }

  /** Whether that is proven, or said not to be. */
  get isProven(): boolean {
    return this.#historian?.isProven !== false;
  }

  /** A queue refuses everything, which holds up nobody else. */
  refuse(): void {
    if (this.outward.announced.enabled) this.#queues.stall(REFUSING);
  }

  /** Who has not heard something that was just published. */
  late(channel: string, id: string): readonly string[] {
    // A wrong clock may have held up for as much longer what is to be announced.
    const isPrompt = this.#plan.appended?.most === Number.POSITIVE_INFINITY && !this.#isRedisWrong;
    const late = isPrompt ? this.#queues.late(channel, id, REFUSING) : [];
    return [...late, ...(this.#plan.workers > 0 && this.#followed.isLate(channel, id) ? ['consumer'] : [])];
  }

  goOn(): void {
    this.#queues.goOn();
  }

  /** Who is here leaves, and what works stops; nobody is told of anything for as long. */
  leave(): void {
    this.#guest?.leave();
    this.#keeper?.leave();
    void this.#pages?.leave();
    this.#historian?.leave();
    for (const worker of this.#workers) worker.stop();
    this.#isAnnouncing = false;
  }

  /** What came true since is told. */
  tellTheRest(): void {
    this.#isAnnouncing = true;
    this.tick();
  }

  /**
   * @param cameBack - connections that were taken for gone, and were not.
   * @param isOver - nobody is there any more.
   */
  problems(cameBack: ReadonlySet<string>, isOver: boolean): readonly string[] {
    return [
      ...this.#told.problems(this.#sockets?.everOpened ?? new Set(), cameBack, isOver),
      ...(this.#plan.workers > 0 && !isOver ? this.#followed.behind : []),
      ...(isOver || this.#isRedisWrong ? [] : (this.#pages?.unheard(this.#store, CHANNELS) ?? [])),
      ...this.unheard,
    ];
  }

  /** What queues of back-ends have not heard, where nothing is on its way to them. */
  get unheard(): readonly string[] {
    const { enabled, private: isPrivate } = this.outward.announced;
    const problems = enabled ? this.#queues.problems(HISTORIES) : [];
    return problems.filter((problem) => isPrivate || !problem.includes(' for '));
  }
}
