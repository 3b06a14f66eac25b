import { type Batch, MemoryQueue } from '../../../lib/memory/queue.ts';
import { DependencyAway, Overloaded } from '../../../lib/ports/dependency.ts';
import type { Delivery } from '../../../lib/rabbitmq/lambda-event.ts';
import type { Publisher } from '../../../lib/rabbitmq/publisher.ts';
import type { Topology } from '../../../lib/rabbitmq/topology.ts';
import type { Environment, Stage } from '../stage/environment.ts';
import { type Fault, hashOf } from '../stage/fate.ts';
import type { Invoked } from '../stage/lambda.ts';

/** What lies in a queue. */
export type Message = Omit<Delivery, 'redelivered'>;

type Publish = Parameters<Publisher['publish']>;

/** Milliseconds that a confirm is waited for, and tries of one publish: as the real publisher does. */
const CONFIRM = 2_500;
const TRIES = 2;

const OF_PUBLISHES: readonly Fault[] = [
  'answer lost',
  'refused',
  'late',
  'belated',
  'killed before',
  'killed behind',
  'frozen',
];

const OUTCOMES: readonly string[] = ['answered', 'away', ...OF_PUBLISHES];

/** Milliseconds for which a publisher may stand still. */
const FREEZES = [100, 3_000, 20_000];

/** RabbitMQ: an exchange that hashes the channel over queues, each of which hands out one batch at a time. */
export class Broker {
  readonly queues: ReadonlyMap<string, MemoryQueue<Message>>;
  readonly #generations: readonly [Topology, ...Topology[]];
  #generation = 0;
  /** Told of a queue that has something. */
  onMessage: (queue: string) => void = () => undefined;
  /** Told of each message that it took, by its id and when it was published as it says itself, milliseconds since 1970. */
  onTaken: (id: string, published: number) => void = () => undefined;

  /** @param generations - of shards, the first of which is deployed. */
  constructor(generations: readonly [Topology, ...Topology[]]) {
    this.#generations = generations;
    const { connections, parked } = generations[0];
    this.queues = new Map([
      ...generations.flatMap(({ shards, capacity, singleActiveConsumer }) =>
        shards.map((name) => [name, new MemoryQueue<Message>(capacity, singleActiveConsumer)] as const),
      ),
      ...[connections, parked].map((name) => [name, new MemoryQueue<Message>(Number.POSITIVE_INFINITY)] as const),
    ]);
  }

  /** How many generations were deployed before the newest that is. */
  get generation(): number {
    return this.#generation;
  }

  /** What is deployed: who begins now publishes to it. */
  get topology(): Topology {
    return this.#generations[this.#generation] as Topology;
  }

  /** The shards of all generations: those of earlier ones are emptied. */
  get shards(): readonly string[] {
    return this.#generations.flatMap(({ shards }) => shards);
  }

  /** The next generation is deployed, if there is one. */
  deploy(): void {
    this.#generation = Math.min(this.#generation + 1, this.#generations.length - 1);
  }

  /** Takes a message, mandatory and confirmed. @throws Overloaded where its queue is full */
  take([exchange, routingKey, body, { headers = {}, messageId, timestamp, userId }]: Publish): void {
    const { shards } = this.#generations.find((each) => each.exchange === exchange) ?? this.topology;
    const queue = exchange === '' ? routingKey : (shards[hashOf(String(headers.channel)) % shards.length] as string);
    this.queues.get(queue)?.put({
      ...{ queue, headers, messageId, body },
      ...(typeof timestamp === 'number' ? { timestamp: 1_000 * timestamp } : {}),
      ...(typeof userId === 'string' ? { publisher: userId } : {}),
    });
    if (messageId !== undefined) this.onTaken(String(messageId), Number(headers.publishedAt));
    this.onMessage(queue);
  }

  /** Ids of what was put aside, each once. */
  get parked(): ReadonlySet<string> {
    const batch = this.queues.get(this.topology.parked)?.take(Number.MAX_SAFE_INTEGER);
    batch?.back();
    return new Set(batch?.messages.map(({ messageId }) => String(messageId)));
  }

  /** Messages that wait, of all but those that were put aside. */
  get waiting(): number {
    return [...this.queues].reduce((sum, [name, { depth }]) => sum + (name === this.topology.parked ? 0 : depth), 0);
  }
}

type Confirmed = 'yes' | 'full' | 'unknown';

/** What a publisher sends over: what is sent first arrives first, and behind a break nothing does. */
interface Connection {
  /** No message arrives before this time of the clock. */
  next: number;
  isCut: boolean;
  /** Milliseconds by which everything is late. */
  delay: number;
  /** Told of its end, in the order in which they sent. */
  readonly waiting: Set<() => void>;
}

/** A publisher over connections to the broker that fail as the plan has it. */
export class SimulatedPublisher implements Pick<Publisher, 'publish' | 'deepest'> {
  readonly #stage: Stage;
  readonly #broker: Broker;
  readonly #environment: Environment;
  #connection: Connection | undefined;

  constructor(stage: Stage, broker: Broker, environment: Environment) {
    this.#stage = stage;
    this.#broker = broker;
    this.#environment = environment;
  }

  async publish(...publish: Publish): Promise<void> {
    for (let tries = 1; ; tries++) {
      this.#connection ??= { next: 0, isCut: false, delay: 0, waiting: new Set() };
      const connection = this.#connection;
      const confirmed = await this.#confirmed(connection, publish);
      if (confirmed === 'yes') return;
      if (confirmed === 'full') {
        const full = new Error('message nacked');
        throw tries === 1 ? new Overloaded(full) : new DependencyAway('rabbitmq', full);
      }
      if (this.#connection === connection) this.#connection = undefined;
      if (tries === TRIES) throw new DependencyAway('rabbitmq', new Error('the confirm took too long'));
    }
  }

  async deepest(queues: readonly string[]): Promise<number> {
    return this.#environment.call('publisher.deepest', { dependency: 'rabbitmq' }, async () =>
      Math.max(...queues.map((name) => this.#broker.queues.get(name)?.depth ?? 0)),
    );
  }

  /** One try. */
  #confirmed(connection: Connection, publish: Publish): Promise<Confirmed> {
    const { time, fate, story, away } = this.#stage;
    const environment = this.#environment;
    const name = publish[0] === '' ? `publish to ${publish[1]}` : 'publish';
    const place = `${environment.name} ${name}`;
    const fault = fate.befalls(place, OF_PUBLISHES, 1, name);
    const random = fate.at(place);
    const [there, back, much] = [1 + random.below(5), random.below(4), random.next()];
    story.note(environment.name, name, fault ?? (away.has('rabbitmq') ? 'away' : 'answered'), OUTCOMES);
    if (fault !== undefined || away.has('rabbitmq') || connection.next > time.elapsed()) environment.befell(name);
    if (fault === 'killed before') environment.end();
    if (fault === 'frozen') environment.freeze(FREEZES[Math.floor(much * FREEZES.length)]);
    if (environment.hasEnded) return new Promise(() => undefined);

    const { promise, resolve } = Promise.withResolvers<Confirmed>();
    const answer = (said: Confirmed): void => {
      connection.waiting.delete(lose);
      environment.onceAwake(() => resolve(said));
    };
    const lose = (): void => answer('unknown');
    connection.waiting.add(lose);
    time.after(CONFIRM, lose);
    const take = (): Confirmed => {
      try {
        this.#broker.take(publish);
        return 'yes';
      } catch {
        return 'full';
      }
    };
    const cut = (): void => {
      connection.isCut = true;
      // A connection that was cut is known of at once; one that is silent is waited for.
      if (much < 0.5) for (const tell of [...connection.waiting]) tell();
    };
    const now = time.elapsed();
    if (fault === 'late') connection.next = Math.max(connection.next, now + Math.floor(much * 0.9 * CONFIRM));
    if (fault === 'belated') connection.delay = CONFIRM + Math.floor(much * 4_000);
    connection.next = Math.max(connection.next, now + there + connection.delay);
    time.after(connection.next - now, () => {
      if (connection.isCut) {
        environment.befell(name);
        return;
      }
      if (away.has('rabbitmq') || fault === 'refused') {
        cut();
        return;
      }
      const said = take();
      if (fault === 'killed behind') environment.end();
      else if (fault === 'answer lost') cut();
      else time.after(back, () => void (connection.isCut || answer(said)));
    });
    return promise;
  }
}

/** What may befall a batch, and one of a queue that several consume. */
const OF_BATCHES: readonly Fault[] = ['ack lost', 'consumer lost'];
const OF_SHARED_BATCHES: readonly Fault[] = [...OF_BATCHES, 'consumer silent'];

/** Milliseconds until the broker notices that a consumer is gone, at the most. */
const MOST_SILENCE = 15_000;

/** Milliseconds between two looks at a queue whose batch came back. */
const AGAIN = 1_000;

/** Event source mappings: each hands the messages of its queue to a function, one batch at a time. */
export class Mapping {
  readonly #stage: Stage;
  readonly #queue: MemoryQueue<Message>;
  readonly #name: string;
  readonly #most: number;
  readonly #invoke: (batch: readonly Delivery[]) => Promise<Invoked<unknown>>;
  #isBusy = false;
  #isDue = false;
  #isOn: boolean;
  /** Batches of consumers that are gone, which the broker has not noticed yet. */
  #unnoticed = 0;

  /**
   * @param most - messages of a batch.
   * @param isOn - whether it hands out anything yet.
   */
  constructor(
    stage: Stage,
    broker: Broker,
    name: string,
    most: number,
    isOn: boolean,
    invoke: (batch: readonly Delivery[]) => Promise<Invoked<unknown>>,
  ) {
    this.#stage = stage;
    this.#queue = broker.queues.get(name) as MemoryQueue<Message>;
    this.#name = name;
    this.#most = most;
    this.#isOn = isOn;
    this.#invoke = invoke;
  }

  /** Whether a batch is out. */
  get isBusy(): boolean {
    return this.#isBusy || this.#unnoticed > 0;
  }

  /** Whether its queue is empty, and nothing of it is out. */
  get isEmpty(): boolean {
    return !this.isBusy && this.#queue.depth === 0;
  }

  /** Hands out what there is from now on, or nothing any more. */
  turn(isOn: boolean): void {
    this.#isOn = isOn;
    this.poke();
  }

  /** There may be something to do. */
  poke(after = 1 + this.#stage.fate.at(this.#name).below(10)): void {
    if (!this.#isOn || this.#isBusy || this.#isDue || this.#queue.depth === 0) return;
    this.#isDue = true;
    this.#stage.time.after(after, () => {
      this.#isDue = false;
      void this.#next();
    });
  }

  async #next(): Promise<void> {
    const { time, fate, story } = this.#stage;
    if (this.#isBusy) return;
    const batch = this.#queue.take(this.#most);
    if (batch === undefined) return;
    this.#isBusy = true;
    const { messages } = batch;
    const again = messages.filter(({ redelivered }) => redelivered).length;
    story.tell(this.#name, `hands out ${messages.length}${again > 0 ? `, ${again} of them again` : ''}`);
    const fault = fate.befalls(this.#name, this.#queue.hasOneConsumer ? OF_BATCHES : OF_SHARED_BATCHES);
    const silence = fate.at(this.#name).below(MOST_SILENCE);
    if (fault === 'consumer silent') {
      this.#succeed(batch, silence);
      return;
    }
    if (fault === 'consumer lost') time.after(fate.at(this.#name).below(3_000), () => this.#giveBack(batch, fault));
    const { isDone } = await this.#invoke(messages);
    if (!isDone || fault === 'ack lost') this.#giveBack(batch, isDone ? 'ack lost' : 'its function failed');
    else this.#settle(batch, () => batch.done());
  }

  /** Batches that are over already stay as they are. */
  readonly #over = new WeakSet<Batch<Message>>();

  #settle(batch: Batch<Message>, settle: () => void): boolean {
    if (this.#over.has(batch)) return false;
    this.#over.add(batch);
    settle();
    this.#isBusy = false;
    this.poke();
    return true;
  }

  /** Whoever has a batch is not heard of any more. Another goes on with what is behind it, until the broker notices. */
  #succeed(batch: Batch<Message>, silence: number): void {
    this.#unnoticed++;
    this.#stage.story.tell(this.#name, 'does not hear of its consumer any more');
    void this.#invoke(batch.messages);
    this.#stage.time.after(silence, () => {
      this.#unnoticed--;
      batch.back();
      this.poke();
    });
    this.#isBusy = false;
    this.poke();
  }

  #giveBack(batch: Batch<Message>, why: string): void {
    if (this.#over.has(batch)) return;
    this.#over.add(batch);
    this.#stage.story.tell(this.#name, `takes ${batch.messages.length} back: ${why}`);
    batch.back();
    this.#isBusy = false;
    this.poke(AGAIN);
  }
}
