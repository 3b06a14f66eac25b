import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Followed } from '../judges/followed.ts';
import { Told } from '../judges/told.ts';
import { HISTORIES, isDone, type Plan } from '../plans/plan.ts';
import type { Broker } from '../service/broker.ts';
import { ForeignQueues } from '../service/foreign-queues.ts';
import type { Functions } from '../service/functions.ts';
import { Outward } from '../service/outward.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';

/** The queue that refuses everything as it is judged whether it holds up others. */
const REFUSING = 1;

/** Milliseconds for which a queue refuses everything, at the most. */
const WHILE = 20_000;

/** The queues of back-ends, and whoever has the service announce to these, and tell of itself. */
export class Announcing implements Actor {
  /** As the functions have it. */
  readonly outward: Outward;
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #isPrompt: boolean;
  readonly #queues: ForeignQueues;
  readonly #told: Told;
  #appended: Functions['appended'] | undefined;
  #isOver = false;

  constructor(stage: Stage, store: MemoryStore, broker: Broker, followed: Followed, plan: Plan) {
    this.#stage = stage;
    this.#store = store;
    const { capacity = 0, most = 0, private: isPrivate = false } = plan.appended ?? {};
    const queues = [
      { topics: '#', pattern: '**', isPrivate: false, capacity: 1_000 },
      { topics: 'x.*', pattern: 'x:*', isPrivate: false, capacity },
      { topics: '#', pattern: '**', isPrivate: true, capacity },
    ];
    const isOn = plan.appended !== undefined;
    this.#queues = new ForeignQueues(stage, store, isOn ? queues : [], most, isPrivate);
    const kinds = new Set(plan.told);
    this.#told = new Told(stage, store, kinds, !isDone(plan, 'deploy') && plan.singleActiveConsumer);
    broker.onTaken = (id, at) => this.#told.published(id, at);
    // A wrong clock may have held up for as much longer what is to be announced.
    this.#isPrompt = most === Number.POSITIVE_INFINITY && !isDone(plan, 'set the clock of redis');
    this.outward = new Outward(stage, {
      ...{ store, kinds, told: this.#told, queues: this.#queues, followed },
      announced: { enabled: isOn, private: isPrivate },
      hasConsumers: plan.workers > 0,
    });
  }

  get count(): number {
    return this.outward.announced.enabled ? 3 : 0;
  }

  /** @param appended - the function that announces and tells. */
  begin(appended: Functions['appended']): void {
    this.#appended = appended;
  }

  readonly deeds: Deeds = {
    announce: () => this.tick(),
    'kill who announces': () => this.#appended?.kill(),
    'refuse in a queue': ({ who, much }) => {
      if (this.outward.announced.enabled) this.#stage.time.after(Math.floor(much * WHILE), this.#queues.stall(who));
    },
  };

  /** A minute begins. */
  tick(): void {
    if (this.outward.isOn && !this.#isOver) void this.#appended?.invoke(undefined);
  }

  get isAtRest(): boolean {
    const { announced, kinds } = this.outward;
    const waiting = [...this.#store.backlog.values()].some(({ due }) => due.size > 0);
    if (announced.enabled && (waiting || !this.#queues.isEmpty)) return false;
    return kinds.size === 0 || this.#store.untold.size === 0;
  }

  /** No queue refuses anything any more. */
  mend(): void {
    this.#queues.goOn();
  }

  /** A queue refuses everything, which holds up nobody else. */
  refuse(): void {
    if (this.outward.announced.enabled) this.#queues.stall(REFUSING);
  }

  /** Queues that have not heard something that was just published. */
  late(channel: string, id: string): readonly string[] {
    return this.#isPrompt ? this.#queues.late(channel, id, REFUSING) : [];
  }

  /** Nobody is told of anything, until the rest is. */
  leave(): void {
    this.#isOver = true;
  }

  /** What came true since is told. */
  tellTheRest(): void {
    this.#isOver = false;
    this.tick();
  }

  /**
   * @param opened - all connections that there were.
   * @param cameBack - those that were taken for gone, and were not.
   * @param isOver - nobody is there any more.
   */
  told(opened: ReadonlySet<string>, cameBack: ReadonlySet<string>, isOver: boolean): readonly string[] {
    return this.#told.problems(opened, cameBack, isOver);
  }

  /** What queues of back-ends have not heard, where nothing is on its way to them. */
  get unheard(): readonly string[] {
    const { enabled, private: isPrivate } = this.outward.announced;
    const problems = enabled ? this.#queues.problems(HISTORIES) : [];
    return problems.filter((problem) => isPrivate || !problem.includes(' for '));
  }
}
