import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { DependencyAway } from '../../../lib/ports/dependency.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import { HISTORIES } from '../plans/plan.ts';
import type { Step } from '../plans/steps.ts';
import type { RedisClock } from '../service/redis-clock.ts';
import type { Replica } from '../service/replica.ts';
import type { Stage } from '../stage/environment.ts';
import type { Actor, Deeds } from './actor.ts';

/** Milliseconds for which something is away, or full, or has a wrong clock, at the most. */
const WHILE = 20_000;

/** Milliseconds by which the clock of Redis is wrong, and a replica lags, at the most. */
const REDIS_WRONG = 600_000;
const MOST_LAG = 2_000;

/** Milliseconds that a fail-over takes, at the least, and more at the most. */
const FAIL_OVER = 100;
const LONGER = 3_000;

/** What Redis may evict of a history: all of it or a part, with or without what is known of numbers. */
const EVICTED = [
  ['counters', 'events', 'ids', 'turns'],
  ['counters', 'events', 'ids', 'turns', 'publishers'],
  ['publishers'],
  ['events'],
] as const;

/** What befalls Redis, RabbitMQ and the gateway as a whole. */
export class Outages implements Actor {
  readonly count = 0;
  /** Connections whose lists Redis has no more: nobody knows any longer where they are listeners. */
  readonly evicted = new Set<string>();
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #clock: RedisClock;
  readonly #replica: Replica;
  #areNumbersSure = true;

  constructor(stage: Stage, store: MemoryStore, clock: RedisClock, replica: Replica) {
    this.#stage = stage;
    this.#store = store;
    this.#clock = clock;
    this.#replica = replica;
  }

  /** Whether Redis has all that it knew of numbers of publishers. */
  get areNumbersSure(): boolean {
    return this.#areNumbersSure;
  }

  readonly deeds: Deeds = {
    'redis away': (step) => this.#goAway('redis', step),
    'broker away': (step) => this.#goAway('rabbitmq', step),
    'gateway away': (step) => this.#goAway('gateway', step),
    'set the clock of redis': (step) => this.#setClock(step),
    'fail over': (step) => this.#failOver(step),
    'redis full': ({ much }) => {
      this.#stage.story.tell('redis', 'is full');
      this.#stage.isFull = true;
      this.#stage.time.after(Math.floor(much * WHILE), () => this.mend());
    },
    'redis evicts': (step) => this.#evict(step),
  };

  mend(): void {
    if (this.#stage.isFull) this.#stage.story.tell('redis', 'has room again');
    this.#stage.isFull = false;
  }

  #goAway(dependency: DependencyAway['dependency'], { much }: Step): void {
    this.#stage.goAway(dependency, Math.floor(much * WHILE));
  }

  /** Sets the clock of Redis, for a while. */
  #setClock({ who, much }: Step): void {
    const { story, time } = this.#stage;
    this.#clock.ahead = Math.floor((2 * much - 1) * REDIS_WRONG);
    story.tell('redis', `has its clock set by ${Math.round(this.#clock.ahead / 1_000)} s`);
    time.after((who / 1_000) * WHILE, () => {
      this.#clock.ahead = 0;
    });
  }

  /** The replica takes the place of Redis, without what it had not got yet. */
  #failOver({ who, much }: Step): void {
    const { story, goAway } = this.#stage;
    const muchOfLag = who / 1_000;
    const lag = muchOfLag < 0.2 ? 0 : Math.floor(muchOfLag * MOST_LAG);
    story.tell('redis', `fails, and its replica lacks the last ${lag} ms`);
    goAway('redis', FAIL_OVER + Math.floor(much * LONGER));
    this.#replica.takeOver(this.#store, lag);
  }

  /** Redis has a history, or what a connection is subscribed to, no more. */
  #evict({ who, where }: Step): void {
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
}
