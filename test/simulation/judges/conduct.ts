import type { Turn } from '../../../lib/ports/turn.ts';
import type { Environment, Stage } from '../stage/environment.ts';
import type { EventName, Owed, Place } from './owed.ts';

/** Milliseconds for which a fan-out may go on posting by what it knew of its turn. */
const CONFIRMED_FOR = 1_500;

/** Milliseconds after which it notes how far it came, and in which that is carried out. */
const NOTED_AFTER = 1_000;
const NOTING = 20;

/** Milliseconds for which a connection is tried that takes nothing, and a pause between two tries. */
const PATIENCE = 7_000;

/** Batches of a shard that are remembered. */
const MOST = 6;

/** One batch as one environment does it. */
interface Run {
  readonly environment: Environment;
  readonly shard: string;
  /** Milliseconds since the plan began. */
  readonly began: number;
  /** When it begins to post nothing more to anybody. */
  readonly deadline: number;
  /** Frames that it began to post. */
  readonly begun: Set<string>;
  /** What it posted, and when the gateway said that it took it; undefined while it has not: by connection. */
  readonly posts: Map<string, Map<EventName, number | undefined>>;
  /** Connections that the gateway said are gone, and sockets that could not be closed. */
  readonly gone: Set<string>;
  readonly unclosed: Set<string>;
  /** Since when connections have taken nothing. */
  readonly refused: Map<string, number>;
  /** Since when it has asked whether its turn goes on, and was not told. */
  readonly asks: Set<{ readonly since: number }>;
  ended: number | undefined;
  /** When another was given the turn. */
  fenced: number | undefined;
}

/** Who holds the turn of a shard. */
interface Holder {
  readonly run: Run;
  /** Milliseconds since the plan began. */
  readonly since: number;
  /** Whether it was given the turn when it finished another, and did not ask for it. */
  readonly isNext: boolean;
}

/** An event as the turns of its shard know it. */
interface Fenced {
  readonly place: Place;
  readonly fence: number;
  /** Since when it is under this fence, milliseconds since the plan began. */
  readonly since: number;
}

/** When the gateway had taken all of a connection, as far as is known; Infinity where that may not have all. */
const hadAll = ({ posts, asks, deadline }: Run, connection: string): number => {
  const at = Math.max(...[...(posts.get(connection)?.values() ?? [])].map((each) => each ?? Number.POSITIVE_INFINITY));
  // What is left for it may wait until its turn is said to go on, or be left to another where its time is up.
  return at > deadline || [...asks].some(({ since }) => since <= at) ? Number.POSITIVE_INFINITY : at;
};

/**
 * Judges how the fan-out goes about its work: nobody posts whose turn another has taken, nor again what was finished, or
 * was noted as posted, nor to whom the gateway said is gone.
 */
export class Conduct {
  readonly #stage: Stage;
  readonly #owed: Owed;
  readonly #runs = new Map<Environment, Run>();
  /** The latest of each shard. */
  readonly #past = new Map<string, Run[]>();
  /** Who holds the turn of a shard, and since when. */
  readonly #holders = new Map<string, Holder>();
  /** Where an event stands, and under which fence it was appended, or taken over, last; and when all of a fence was said to be posted. */
  readonly #fenced = new Map<EventName, Fenced>();
  readonly #finished = new Map<number, number>();
  /** When a batch ended in which the gateway had said that a connection is gone. */
  readonly #removed = new Map<string, number>();
  readonly #toBeClosed = new Set<string>();

  constructor(stage: Stage, owed: Owed) {
    this.#stage = stage;
    this.#owed = owed;
  }

  get #now(): number {
    return this.#stage.time.elapsed();
  }

  #accuse({ name }: Environment, what: string): void {
    this.#stage.problems.push(`misconduct: ${name} ${what}`);
  }

  /**
   * A fan-out begins a batch of a shard.
   *
   * @param deadline - after which it begins no more posts, milliseconds since the plan began.
   */
  begin(environment: Environment, shard: string, deadline = Number.POSITIVE_INFINITY): void {
    const past = this.#past.get(shard) ?? [];
    this.#past.set(shard, past);
    const run: Run = {
      ...{ environment, shard, deadline, began: this.#now },
      ...{ begun: new Set(), posts: new Map(), gone: new Set(), unclosed: new Set(), refused: new Map() },
      ...{ asks: new Set(), ended: undefined, fenced: undefined },
    };
    past.push(run);
    if (past.length > MOST) past.shift();
    this.#runs.set(environment, run);
    environment.onEnd(() => this.end(environment, false));
  }

  /** It has ended. @param isDone - well. */
  end(environment: Environment, isDone: boolean): void {
    const run = this.#runs.get(environment);
    if (run === undefined || run.ended !== undefined) return;
    run.ended = this.#now;
    if (!isDone) return;
    for (const connection of run.gone) this.#removed.set(connection, run.ended);
    for (const connection of run.unclosed) this.#toBeClosed.add(connection);
  }

  /** Whether another took the turn of the shard whose batch an environment does. */
  isRivalled(environment: Environment): boolean {
    const run = this.#runs.get(environment);
    const holder = run && this.#holders.get(run.shard);
    if (run === undefined || holder === undefined) return false;
    // What it was given in this batch, or kept from the last, is its own. A call that it had given up may be carried out since.
    if (holder.run === run || (holder.run.environment === environment && holder.isNext)) return false;
    return holder.since >= run.began;
  }

  /** It was given a turn. @param isNext - since it finished another. */
  claimed(environment: Environment, { shard }: Turn, isNext = false): void {
    const run = this.#runs.get(environment);
    if (run === undefined) return;
    const before = this.#holders.get(shard)?.run;
    // It may have gone on to a batch since, by the turn that it was given when it finished the last.
    const now = before && this.#runs.get(before.environment);
    if (now?.shard === shard && now.environment !== environment) now.fenced ??= this.#now;
    // What it asked for and had given up takes the turn from itself; what it asks for then is its own again.
    if (run.shard === shard) run.fenced = this.#isGivenUp(environment) ? (run.fenced ?? this.#now) : undefined;
    this.#holders.set(shard, { run, since: this.#now, isNext });
  }

  /** Whether nobody waits for the turn that an environment is given in this step: that befalls its call just before. */
  #isGivenUp({ troubles }: Environment): boolean {
    const last = troubles.at(-1);
    return last?.call === 'postings.claim' && last.at === this.#now;
  }

  /** It finished a turn. @param next - undefined where another has it. */
  finished(environment: Environment, turn: Turn, next: Turn | undefined): void {
    if (!this.#finished.has(turn.fence)) this.#finished.set(turn.fence, this.#now);
    if (next !== undefined) this.claimed(environment, next, true);
  }

  /** It asks whether its turn goes on, before it posts more. @returns to be called once it was told so. */
  asks(environment: Environment): () => void {
    const asks = this.#runs.get(environment)?.asks;
    const ask = { since: this.#now };
    asks?.add(ask);
    return () => void asks?.delete(ask);
  }

  /** Within a turn something was appended, or what nobody knew of was taken over. */
  appended(place: Place, { fence }: Turn): void {
    if (this.#fenced.get(place.name)?.fence !== fence) this.#fenced.set(place.name, { place, fence, since: this.#now });
  }

  /** A connection subscribed, though it was gone. */
  subscribed(connection: string): void {
    this.#removed.delete(connection);
    for (const { gone } of this.#runs.values()) gone.delete(connection);
  }

  /** A frame with some events is posted. */
  posts(environment: Environment, connection: string, names: readonly EventName[], frame: string): void {
    const run = this.#runs.get(environment);
    if (run === undefined || names.length === 0) return;
    const since = run.refused.get(connection) ?? Number.POSITIVE_INFINITY;
    const isTroubled = environment.thawed > since || environment.troubles.some(({ at }) => at >= since);
    if (this.#now - since > PATIENCE && !isTroubled)
      this.#accuse(environment, `goes on posting to ${connection}, which takes nothing`);
    if (run.begun.has(`${connection} ${frame}`)) return;
    run.begun.add(`${connection} ${frame}`);
    const holder = this.#holders.get(run.shard);
    const isFenced = holder !== undefined && holder.run.environment !== environment;
    // What it was told of its turn as it stood still it takes for new.
    if (isFenced && this.#now - holder.since > CONFIRMED_FOR && this.#now > environment.thawed) {
      this.#accuse(environment, `posts ${names[0]} to ${connection}, though another has had the turn for long`);
    }
    const wasRemoved = (this.#removed.get(connection) ?? Infinity) < run.began;
    if (run.gone.has(connection) || wasRemoved) this.#accuse(environment, `posts to ${connection}, which is gone`);
    const posts = run.posts.get(connection) ?? new Map<EventName, number | undefined>();
    run.posts.set(connection, posts);
    for (const name of names) {
      if (posts.has(name)) this.#accuse(environment, `posts ${name} to ${connection} twice`);
      posts.set(name, undefined);
      const fenced = this.#fenced.get(name);
      const isFinished = ({ fence }: Fenced): boolean => (this.#finished.get(fence) ?? Infinity) < run.began;
      if (fenced !== undefined && isFinished(fenced) && !this.#isBetween(fenced.place, isFinished))
        this.#accuse(environment, `posts ${name} to ${connection}, which was finished`);
      else if (this.#wasNoted(run, connection, name)) {
        this.#accuse(environment, `posts ${name} to ${connection} again, though it was noted how far that had come`);
      }
    }
  }

  /**
   * Whether a place is within the span of a turn that is not finished: a history notes of each turn where its events begin
   * and end, and not what stands between. Whoever finishes it posts all of that. Such a turn has taken over what nobody knew
   * of, in front of what others appended since.
   */
  #isBetween({ history, epoch, offset }: Place, isFinished: (fenced: Fenced) => boolean): boolean {
    const isNear = ({ place }: Fenced): boolean =>
      place.epoch === epoch && place.history.channel === history.channel && place.history.user === history.user;
    const open = [...this.#fenced.values()].filter((each) => isNear(each) && !isFinished(each));
    const behind = new Set(open.filter(({ place }) => place.offset > offset).map(({ fence }) => fence));
    return open.some(({ place, fence }) => place.offset < offset && behind.has(fence));
  }

  /** Whether an earlier batch had come beyond a connection, and had had the time to note it. */
  #wasNoted(now: Run, connection: string, name: EventName): boolean {
    const { since = Number.NEGATIVE_INFINITY } = this.#fenced.get(name) ?? {};
    return (this.#past.get(now.shard) ?? []).some((run) => {
      const had = run.posts.get(connection)?.get(name);
      // What was taken over since is posted to everybody, whoever had it.
      if (run === now || had === undefined || had < since) return false;
      const before = [...run.posts.keys()].filter((id) => id <= connection);
      const came = Math.max(...before.map((id) => hadAll(run, id)));
      const isFirst = [...this.#owed.waiting].every((id) => id > connection);
      const later = [...run.posts.keys()].map((id) => hadAll(run, id)).filter((at) => at >= came + NOTED_AFTER);
      const noted = Math.min(...later) + NOTING;
      const isTroubled = run.environment.troubles.some(({ call, at }) => call === 'postings.advance' && at >= came);
      const until = Math.min(run.ended ?? Infinity, run.fenced ?? Infinity);
      return isFirst && !isTroubled && noted < until && noted < Infinity;
    });
  }

  /** The gateway’s answer to a frame reached a fan-out. */
  answered(environment: Environment, connection: string, names: readonly EventName[], status: number): void {
    const run = this.#runs.get(environment);
    if (run === undefined || names.length === 0) return;
    if (status !== 429) run.refused.delete(connection);
    else if (!run.refused.has(connection)) run.refused.set(connection, this.#now);
    if (status === 410) run.gone.add(connection);
    if (status === 200) for (const name of names) run.posts.get(connection)?.set(name, this.#now);
  }

  /** A socket could not be closed, as far as a fan-out knows. */
  unclosed(environment: Environment, connection: string): void {
    this.#runs.get(environment)?.unclosed.add(connection);
  }

  /** @param open - the sockets that are open when all is at rest. */
  problems(open: ReadonlyMap<string, unknown>): readonly string[] {
    return [...this.#toBeClosed]
      .filter((id) => open.has(id))
      .map((id) => `misconduct: ${id} was to be closed, and is open`);
  }
}
