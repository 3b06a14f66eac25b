import { MemoryServiceEvents } from '../../../lib/memory/service-events.ts';
import type { MemoryStore } from '../../../lib/memory/store.ts';
import type { ServiceEventKind, ServiceFact, Untold } from '../../../lib/ports/service-events.ts';
import { isPublicChannel } from '../../../lib/protocol/reserved.ts';
import { serviceChannel } from '../../../lib/sync/tell.ts';
import type { Stage } from '../stage/environment.ts';
import { idle } from '../stage/idle.ts';

/** What an event of the service says. */
interface Said {
  readonly id: string;
  readonly what: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly data: Readonly<Partial<Record<'connection' | 'user' | 'channel', string>>> & {
    readonly texts?: readonly string[];
  };
}

/** Milliseconds for which an id is remembered: who could not say for longer that it told something tells it anew. */
const REMEMBERED = 300_000;

/** Kinds whose events come in pairs, each with what is told first. */
const PAIRS: Readonly<Partial<Record<ServiceEventKind, string>>> = {
  connections: 'opened',
  users: 'online',
  channels: 'occupied',
};

/** Without what was told again. */
const firstOf = (said: readonly Said[]): readonly Said[] => {
  const known = new Set<string>();
  return said.filter(({ id }) => !known.has(id) && known.add(id));
};

/** Judges what the service tells of itself (V-1, V-2, V-5, V-6). */
export class Told {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #kinds: ReadonlySet<ServiceEventKind>;
  /** What came true of each subject, in order. */
  readonly #facts = new Map<string, ServiceFact[]>();
  readonly #known = new Set<string>();
  /** By id, when each was published first as its message says, and when the broker last took it, milliseconds since 1970. */
  readonly #published = new Map<string, { readonly first: number; readonly last: number }>();

  /**
   * Whether what is told of one subject comes in order: who was deployed before may tell beside who was since, into other
   * shards.
   */
  readonly #isOrdered: boolean;

  constructor(stage: Stage, store: MemoryStore, kinds: ReadonlySet<ServiceEventKind>, isOrdered: boolean) {
    this.#isOrdered = isOrdered;
    this.#stage = stage;
    this.#store = store;
    this.#kinds = kinds;
  }

  /** It is read what is to be told of a subject. */
  read(subject: string, facts: readonly ServiceFact[]): void {
    const all = this.#facts.get(subject) ?? [];
    this.#facts.set(subject, all);
    for (const fact of facts) {
      if (this.#known.has(fact.id)) continue;
      this.#known.add(fact.id);
      all.push(fact);
    }
  }

  /** The broker took a message. @param at - when it was published as it says, milliseconds since 1970: ids are forgotten by that. */
  published(id: string, at: number): void {
    const { first = at } = this.#published.get(id) ?? {};
    this.#published.set(id, { first: Math.min(first, at), last: this.#stage.time.now() });
  }

  /** It is said that something was told. */
  tookAway({ id }: ServiceFact): void {
    if (!this.#published.has(id)) this.#accuse(`${id} counts as told, and nobody has it`);
  }

  /** Whether a fact was told for the last time while its id is remembered, by when it was told first. */
  #isRemembered(id: string): boolean {
    const { first, last } = this.#published.get(id) ?? { first: 0, last: 0 };
    return last - first < REMEMBERED;
  }

  #accuse(what: string): void {
    this.#stage.problems.push(`telling: ${what}`);
  }

  #saidOn(kind: ServiceEventKind): readonly Said[] {
    const events = this.#store.events.get(serviceChannel(kind)) ?? [];
    return events.map(({ id, category, timestamp, data }) => ({
      id,
      what: category,
      timestamp,
      data: JSON.parse(data),
    }));
  }

  /** What is to be told, and is not. */
  get waiting(): number {
    return this.#kinds.size === 0 ? 0 : this.#store.facts.keys().length;
  }

  /**
   * What was told amiss.
   *
   * @param opened - connections that the gateway opened.
   * @param cameBack - those that were taken for gone, with all that they held, and were not.
   * @param isOver - nobody is there any more.
   */
  problems(opened: ReadonlySet<string>, cameBack: ReadonlySet<string>, isOver: boolean): readonly string[] {
    const problems: string[] = [];
    const accuse = (what: string): void => void problems.push(`telling: ${what}`);
    for (const subject of this.#kinds.size === 0 ? [] : this.#store.facts.keys())
      accuse(`${subject} waits to be told of`);
    for (const kind of this.#kinds) {
      const said = this.#saidOn(kind);
      const firsts = new Map<string, number>();
      for (const { id, timestamp } of said) {
        const first = firsts.get(id);
        if (first === undefined) firsts.set(id, timestamp);
        else if (timestamp - first < REMEMBERED && this.#isRemembered(id)) accuse(`${id} was told twice`);
      }
      const ids = [...firsts.keys()];
      for (const [subject, facts] of this.#facts) {
        const mine = facts.filter((fact) => fact.kind === kind).map(({ id }) => id);
        const told = ids.filter((id) => mine.includes(id));
        const isTold = this.#isOrdered
          ? told.join() === mine.join()
          : [...told].sort().join() === [...mine].sort().join();
        if (!isTold) accuse(`of ${subject} came true ${mine.join(', ')}; told was ${told.join(', ')}`);
      }
      if (this.#isOrdered) this.#judgePairs(kind, said, isOver, accuse);
      if (kind === 'subscriptions' && this.#isOrdered) this.#judgeSubscriptions(said, cameBack, accuse);
    }
    if (this.#kinds.has('connections')) {
      const told = new Set(this.#saidOn('connections').flatMap(({ data }) => data.connection ?? []));
      for (const id of opened) if (!told.has(id)) accuse(`nobody was told that ${id} was opened`);
    }
    if (this.#kinds.has('channels') && !isOver && this.#isOrdered) this.#judgeOccupied(accuse);
    return problems;
  }

  #judgePairs(kind: ServiceEventKind, said: readonly Said[], isOver: boolean, accuse: (what: string) => void): void {
    const first = PAIRS[kind];
    if (first === undefined) return;
    const there = new Set<string>();
    for (const { what, data } of firstOf(said)) {
      const of = data.connection ?? data.channel ?? data.user ?? '';
      if ((what === first) === there.has(of)) accuse(`${of} is told as ${what} when it was that before`);
      if (what === first) there.add(of);
      else there.delete(of);
    }
    if (isOver) for (const of of there) accuse(`${of} is still told as ${first}`);
  }

  #judgeSubscriptions(said: readonly Said[], cameBack: ReadonlySet<string>, accuse: (what: string) => void): void {
    const held = new Set<string>();
    for (const { what, data } of firstOf(said)) {
      if (cameBack.has(data.connection ?? '')) continue;
      for (const text of data.texts ?? []) {
        const name = `${data.connection} ${text}`;
        if ((what === 'subscribed') === held.has(name)) accuse(`${name} is told as ${what} when it was that before`);
        if (what === 'subscribed') held.add(name);
        else held.delete(name);
      }
    }
  }

  /** Who is told to be there is, and the other way round. */
  #judgeOccupied(accuse: (what: string) => void): void {
    const there = new Set<string>();
    for (const { what, data } of firstOf(this.#saidOn('channels'))) {
      if (what === 'occupied') there.add(data.channel ?? '');
      else there.delete(data.channel ?? '');
    }
    const listened = this.#store.audiences.keys().filter(isPublicChannel);
    for (const channel of listened) if (!there.has(channel)) accuse(`${channel} is listened to, and told as vacated`);
    for (const channel of there) if (!listened.includes(channel)) accuse(`${channel} is told as occupied, and is not`);
  }
}

/** What is to be told, as one environment sees it. Where nothing is, whoever asks is answered once something is. */
export class WatchedServiceEvents extends MemoryServiceEvents {
  readonly #stage: Stage;
  readonly #store: MemoryStore;
  readonly #told: Told;
  /** When nobody looks any more, milliseconds since the plan began. */
  until = 0;

  constructor(stage: Stage, store: MemoryStore, told: Told) {
    super(store);
    this.#stage = stage;
    this.#store = store;
    this.#told = told;
  }

  override async untold(most: number): Promise<readonly Untold[]> {
    const found = await super.untold(most);
    if (found.length > 0) return found;
    const dueIn = (): number => {
      const { untold, clock } = this.#store;
      if (untold.size === 0) return Number.POSITIVE_INFINITY;
      const [first] = untold.between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      return Math.max(0, (first?.score ?? 0) - clock.now());
    };
    await idle(this.#stage, dueIn, this.until);
    return super.untold(most);
  }

  override async facts(subject: string, most: number): Promise<readonly ServiceFact[]> {
    const facts = await super.facts(subject, most);
    this.#told.read(subject, facts);
    return facts;
  }

  override async told(subject: string, fact: ServiceFact): Promise<void> {
    this.#told.tookAway(fact);
    await super.told(subject, fact);
  }
}
