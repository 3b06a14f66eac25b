import { type Announcement, type BoundQueue, MemoryExchange } from '../../../lib/memory/exchange.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { Announcer, Gap } from '../../../lib/ports/announcer.ts';
import { TooLarge } from '../../../lib/ports/dependency.ts';
import type { HistoryName, StoredEvent } from '../../../lib/ports/history.ts';
import { scopeOf } from '../../../lib/ports/scope.ts';
import { matches } from '../../unit/match/oracle.ts';
import type { Stage } from '../stage/environment.ts';

/** A queue that a back-end has bound to what the histories take. */
export interface ForeignQueue {
  /** As a pattern of topics, and as one of channels that means the same. */
  readonly topics: string;
  readonly pattern: string;
  readonly isPrivate: boolean;
  /** Messages that it holds. */
  readonly capacity: number;
}

/** How far a queue heard a history. */
interface Heard {
  readonly epoch: string;
  readonly offset: number;
  readonly timestamp: number;
}

/** Milliseconds in which a back-end takes what is in its queue, at the most. */
const TAKES = 200;

/** A queue with the back-end that takes out of it. */
class Taken {
  readonly #stage: Stage;
  readonly #queue: BoundQueue;
  readonly settings: ForeignQueue;
  readonly name: string;
  /** By history. */
  readonly heard = new Map<string, Heard>();
  readonly #ids = new Set<string>();
  #isDue = false;
  #isStalled = false;

  readonly #mayHearPrivate: boolean;

  constructor(stage: Stage, exchange: MemoryExchange, settings: ForeignQueue, number: number, mayHearPrivate: boolean) {
    this.#mayHearPrivate = mayHearPrivate;
    this.#stage = stage;
    this.settings = settings;
    this.name = `queue-${number}`;
    this.#queue = exchange.bind(settings.topics, settings.isPrivate, settings.capacity);
  }

  /** Nobody takes anything out of it, and it takes nothing in. */
  stall(): void {
    if (!this.#isStalled) this.#stage.story.tell(this.name, 'refuses everything');
    this.#isStalled = true;
    this.#queue.capacity = 0;
  }

  goOn(): void {
    if (this.#isStalled) this.#stage.story.tell(this.name, 'takes messages again');
    this.#isStalled = false;
    this.#queue.capacity = this.settings.capacity;
    this.poke();
  }

  get isEmpty(): boolean {
    return this.#queue.messages.length === 0;
  }

  hasHeard(id: string): boolean {
    return this.#ids.has(id);
  }

  poke(): void {
    if (this.#isDue || this.#isStalled || this.#queue.messages.length === 0) return;
    this.#isDue = true;
    this.#stage.time.after(this.#stage.fate.at(this.name).below(TAKES), () => {
      this.#isDue = false;
      if (!this.#isStalled) for (const message of this.#queue.messages.splice(0)) this.#take(message);
    });
  }

  #take(message: Announcement): void {
    const scope = scopeOf(message);
    const last = this.heard.get(scope);
    const { epoch } = 'event' in message ? message.event : message.gap;
    const [from, to] =
      'event' in message ? [message.event.offset, message.event.offset] : [message.gap.from, message.gap.to];
    const what = `${from}${to === from ? '' : `-${to}`} of ${epoch} on ${scope.replace('\n', ' for ')}`;
    this.#stage.story.tell(this.name, `hears ${'gap' in message ? 'that there is no ' : ''}${what}`);
    const accuse = (why: string): void => void this.#stage.problems.push(`way out: ${this.name} hears ${what}, ${why}`);
    if ('event' in message) this.#ids.add(message.event.id);
    if (message.user !== undefined && !this.#mayHearPrivate) accuse('which is private');
    const isKnown = last !== undefined && last.epoch === epoch;
    const timestamp = 'event' in message ? message.event.timestamp : (last?.timestamp ?? 0);
    if (isKnown && to <= last.offset) {
      if ('event' in message && timestamp > last.timestamp) accuse('which is no repeat by its time');
      return;
    }
    // Each queue was there before the first event was.
    const expected = isKnown ? last.offset + 1 : 1;
    if (from > expected) accuse(`where ${expected} is the next`);
    this.heard.set(scope, { epoch, offset: to, timestamp });
  }
}

/** The exchange, with the queues of back-ends that are bound to it, each of which may be full, or refuse. */
export class ForeignQueues implements Announcer {
  /** Members that the service does not call. */
  readonly beside = ['stall', 'isEmpty', 'goOn', 'late', 'problems'] as const;
  readonly #exchange = new MemoryExchange();
  readonly #store: MemoryStore;
  readonly #queues: readonly Taken[];
  readonly #most: number;

  /**
   * @param most - characters of an event that the broker takes.
   * @param mayHearPrivate - whether back-ends are to hear private events.
   */
  constructor(
    stage: Stage,
    store: MemoryStore,
    queues: readonly ForeignQueue[],
    most: number,
    mayHearPrivate: boolean,
  ) {
    this.#store = store;
    this.#most = most;
    this.#queues = queues.map((settings, n) => new Taken(stage, this.#exchange, settings, n + 1, mayHearPrivate));
  }

  async event(name: HistoryName, event: StoredEvent): Promise<void> {
    if (event.data.length > this.#most) throw new TooLarge(this.#most);
    await this.#told(() => this.#exchange.event(name, event));
  }

  async gap(name: HistoryName, gap: Gap): Promise<void> {
    await this.#told(() => this.#exchange.gap(name, gap));
  }

  /** A queue that refuses keeps nothing of it from the others. */
  async #told(tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } finally {
      for (const queue of this.#queues) queue.poke();
    }
  }

  /** One of them refuses everything, until it goes on. @param which - any number. */
  stall(which: number): () => void {
    const queue = this.#queues[which % this.#queues.length];
    queue?.stall();
    return () => queue?.goOn();
  }

  /** Whether nothing waits in them. */
  get isEmpty(): boolean {
    return this.#queues.every(({ isEmpty }) => isEmpty);
  }

  goOn(): void {
    for (const queue of this.#queues) queue.goOn();
  }

  /** Those who have not heard an event of a channel, but for those who refuse it. */
  late(channel: string, id: string, refusing?: number): readonly string[] {
    const listening = this.#queues.filter(({ settings }) => !settings.isPrivate && matches(settings.pattern, channel));
    const refused = refusing === undefined ? undefined : this.#queues[refusing % this.#queues.length];
    if (refused !== undefined && listening.includes(refused)) return [];
    return listening.flatMap((queue) => (queue.hasHeard(id) ? [] : [queue.name]));
  }

  /** What is not as it is to be once all was told. @param histories - that there are. */
  problems(histories: readonly HistoryName[]): readonly string[] {
    return histories.flatMap((name) => {
      const counters = this.#store.counters.get(scopeOf(name));
      if (counters === undefined || counters.offset === 0) return [];
      return this.#queues.flatMap((queue) => {
        const { pattern, isPrivate } = queue.settings;
        if (isPrivate !== (name.user !== undefined) || !matches(pattern, name.channel)) return [];
        const { epoch, offset } = queue.heard.get(scopeOf(name)) ?? { epoch: 'nothing', offset: 0 };
        if (epoch === counters.epoch && offset === counters.offset) return [];
        const of = `${name.channel}${name.user === undefined ? '' : ` for ${name.user}`}`;
        return [`way out: ${queue.name} heard ${of} up to ${offset} of ${epoch}, and not to ${counters.offset}`];
      });
    });
  }
}
