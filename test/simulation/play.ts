import type { VirtualClock } from '../../lib/memory/virtual-clock.ts';
import { EVERYTHING, type Seen } from '../faults/checker.ts';
import { matches } from '../unit/match/oracle.ts';
import type { Deeds } from './actors/actor.ts';
import { type Cast, castOf } from './cast.ts';
import { judge, stateProblems } from './judge.ts';
import { leftBehind } from './judges/left-behind.ts';
import { CHANNELS, isDone, type Plan, TEXTS, UNCUT } from './plans/plan.ts';
import { GUEST, USERS } from './plans/users.ts';
import { withChance } from './stage/chance.ts';
import { Fate, type Happened } from './stage/fate.ts';
import type { Story } from './stage/story.ts';
import { type World, worldOf } from './world.ts';

const MINUTE = 60_000;

/** Pings in whose time every client has looked by itself for what it may have missed. */
const CHECKED = 4;

/** Milliseconds in which a service at rest brings what is broadcast, without anybody asking for it. */
const PROMPT = 5_000;

/** Milliseconds for which a limit may hold that up. */
const RATED = 20_000;

/** Milliseconds in which a client without the library has proven what it can. */
const PROVEN = 40_000;

/** Milliseconds between two looks whether a service has come to rest, and in which it has to. */
const LOOK = 20_000;
const MOST_UNREST = 600_000;

/** Milliseconds between two looks for an instant in which nothing is under way, and how often it is looked for. */
const GLANCE = 100;
const GLANCES = 1_000;

/** Such looks in a minute. */
const SWEPT_EVERY = 600;

/** Milliseconds in which all that was left behind has to be gone. */
const CLEARING = 780_000;

/** Milliseconds by which that may take longer if the clock of Redis was wrong. */
const CLEARING_LATE = 660_000;

/** What a plan came to. */
export interface Played {
  readonly problems: readonly string[];
  readonly story: Story;
  /** Faults that befell it. */
  readonly happened: readonly Happened[];
  /** Calls until it was mended. */
  readonly calls: number;
  /** Names of those that were made until then. */
  readonly made: readonly string[];
  readonly actors: number;
}

/**
 * What is not promised of a Redis that forgets what it has answered. A turn that had been finished may be unfinished again, until
 * something comes through its shard.
 */
const OF_MEMORY =
  /^(gap|refused|misconduct|not posted|not heard on any page|not subscribed|without the library|history|way out|telling|consumer|granted|listing|leaked: c\d+ is posted)|and has not heard|^(once all are gone, )?(open connections|connections by|what is unfinished)/;

/** A plan as it is played. */
class Run {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #stage: World['stage'];
  readonly #cast: Cast;
  readonly #seen: Seen[] = [];
  /** Whether Redis may forget what it has answered. */
  readonly #mayForget: boolean;
  /** Whether its clock is set. */
  readonly #wasWrong: boolean;
  /** When nothing went wrong any more, milliseconds since the plan began. */
  #mended = Number.POSITIVE_INFINITY;

  constructor(plan: Plan, spared: ReadonlySet<string>) {
    this.#plan = plan;
    this.#world = worldOf(plan, spared);
    this.#stage = this.#world.stage;
    this.#cast = castOf(this.#world, plan, this.#seen);
    this.#mayForget = isDone(plan, 'fail over') || isDone(plan, 'redis evicts');
    this.#wasWrong = isDone(plan, 'set the clock of redis');
  }

  get clock(): VirtualClock {
    return this.#stage.time;
  }

  async play(): Promise<Played> {
    const { time, story, fate, problems } = this.#stage;
    this.#cast.crowd.begin();
    const deeds: Deeds = Object.assign({ sweep: () => this.#sweep() }, ...this.#cast.all.map((actor) => actor.deeds));
    for (const step of this.#plan.steps) time.after(step.at, () => deeds[step.deed]?.(step));
    const last = this.#plan.steps.at(-1)?.at ?? 0;
    for (let minute = 0; minute * MINUTE <= last; minute++) time.after(minute * MINUTE, () => this.#sweep());
    await time.advance(last + 1_000);
    const { calls, made } = story;
    const actors = this.#cast.all.reduce((sum, { count = 1 }) => sum + count, 0);
    this.#mend();
    await this.#rest();
    const isForgotten = (each: string): boolean => this.#mayForget && OF_MEMORY.test(each);
    const found = [...this.#judge(), ...problems].filter((each) => !isForgotten(each));
    return { problems: found, story, happened: fate.happened, calls, made, actors };
  }

  #sweep(): void {
    void this.#world.functions.sweep.invoke(undefined);
    this.#cast.announcing.tick();
  }

  /** Time goes by, and is swept in every minute of it. @param duration - milliseconds. */
  async #pass(duration: number): Promise<void> {
    for (let left = duration; left > 0; left -= MINUTE) {
      this.#sweep();
      await this.#stage.time.advance(Math.min(left, MINUTE));
    }
  }

  /** Nothing goes wrong any more. */
  #mend(): void {
    const { fate, story, away } = this.#stage;
    story.tell('everything', 'is mended');
    fate.calm();
    this.#mended = this.#stage.time.elapsed();
    away.clear();
    this.#world.redisClock.ahead = 0;
    for (const actor of this.#cast.all) actor.mend?.();
  }

  get #isAtRest(): boolean {
    return (
      this.#cast.all.every(({ isAtRest }) => isAtRest !== false) &&
      (this.#mayForget || this.#world.followed.behind.length === 0)
    );
  }

  async #rest(): Promise<void> {
    const { story, problems } = this.#stage;
    for (let waited = LOOK; ; waited += LOOK) {
      await this.#pass(LOOK);
      if (this.#isAtRest) break;
      if (waited < (this.#wasWrong ? MOST_UNREST + CLEARING_LATE : MOST_UNREST)) continue;
      problems.push('it comes to no rest');
      break;
    }
    // What is published later would bring to light what nobody had noted.
    problems.push(...this.#cast.announcing.unheard);
    void this.#cast.plain.prove();
    this.#cast.historian?.prove();
    // Time for what only a client's own check finds.
    await this.#pass(Math.max(CHECKED * this.#plan.heartbeat, PROVEN));
    if (!this.#cast.plain.isProven) problems.push('without the library: nothing is proven');
    if (this.#cast.historian?.isProven === false) problems.push('history: nothing is proven');
    await this.#probe();
    await this.#settle();
    story.tell('everything', 'is at rest');
    // What was opened before may have been greeted in vain.
    problems.push(...this.#world.sockets.greetingProblems(this.#mended + PROMPT));
    const { owed, conduct } = this.#world.watch;
    problems.push(
      ...this.#stateProblems(),
      ...owed.problems(this.#leftBehind),
      ...conduct.problems(this.#world.sockets.open),
    );
    problems.push(...this.#told(false), ...this.#world.followed.behind);
    if (!this.#wasWrong) problems.push(...(this.#cast.pages?.unheard(this.#world.store, CHANNELS) ?? []));
    problems.push(...this.#cast.announcing.unheard);
    for (const actor of this.#cast.others) void actor.leave?.();
    await this.#cast.crowd.leave();
    await this.#pass(this.#wasWrong ? CLEARING + CLEARING_LATE : CLEARING);
    if (this.#cast.announcing.outward.isOn) await this.#tellTheRest();
    problems.push(...this.#stateProblems(), ...this.#told(true), ...this.#cast.announcing.unheard);
  }

  /** What became of those who left is told. */
  async #tellTheRest(): Promise<void> {
    this.#cast.announcing.tellTheRest();
    for (let waited = LOOK; ; waited += LOOK) {
      await this.#pass(LOOK);
      if (this.#cast.announcing.isAtRest && this.#cast.operations.isAtRest) break;
      if (waited < MOST_UNREST) continue;
      this.#stage.problems.push('telling: it comes to no rest');
      break;
    }
  }

  /** What is wrong with what the service has told of itself. @param isOver - nobody is there any more */
  #told(isOver: boolean): readonly string[] {
    return this.#cast.announcing.told(this.#world.sockets.everOpened, this.#world.watch.held.cameBack, isOver);
  }

  /** Of every channel something is heard soon by all who listen: what only their own checks find comes later. */
  async #probe(): Promise<void> {
    const { time, problems } = this.#stage;
    const { devices } = this.#cast.crowd;
    const [publisher] = devices;
    this.#cast.announcing.refuse();
    const sent = CHANNELS.map((channel) => ({ channel, id: publisher?.broadcast(channel, undefined) ?? '' }));
    // Whoever has sent as much as it may sends the rest once it may again.
    await time.advance(Number.isFinite(this.#plan.rates.user) ? PROMPT + RATED : PROMPT);
    for (const { channel, id } of sent) {
      const listening = devices.filter(({ texts }) => [...texts].some((text) => matches(text, channel)));
      for (const device of listening) if (!device.hasHeard(id)) problems.push(`late: ${device.name} waits for ${id}`);
      if (this.#mayForget) continue;
      const isLate = this.#cast.followers !== undefined && this.#world.followed.isLate(channel, id);
      for (const name of [...this.#cast.announcing.late(channel, id), ...(isLate ? ['consumer'] : [])])
        problems.push(`late: ${name} waits for ${id}`);
    }
    this.#cast.announcing.mend();
  }

  /** Waits for an instant in which nothing is under way. */
  async #settle(): Promise<void> {
    // A lease that a wrong clock gave lasts for as much longer, and nobody else works off what it holds up.
    const most = GLANCES + (this.#wasWrong ? CLEARING_LATE / GLANCE : 0);
    for (let tries = 0; tries < most; tries++) {
      if (tries === 0) this.#cast.announcing.tick();
      else if (tries % SWEPT_EVERY === 0) this.#sweep();
      // These wait for what comes.
      const { appended: _, consumers: __, ...others } = this.#world.functions;
      const isQuiet = Object.values(others).every(({ running }) => running === 0);
      // A connection that is to replace another has told the service nothing yet.
      const isNoneReplaced = new Set(this.#world.sockets.open.values()).size === this.#world.sockets.open.size;
      if (isQuiet && isNoneReplaced && this.#isAtRest && this.#world.sockets.untold === 0) return;
      await this.#stage.time.advance(GLANCE);
    }
    this.#stage.problems.push('something is always under way');
  }

  /** What nobody comes to post any more: turns of shards of before appended it, or it was not kept. */
  get #leftBehind(): ReadonlySet<string> {
    const { broker, store, watch } = this.#world;
    const { bare } = this.#cast.backEnds;
    const old = broker.shards.filter((shard) => !broker.topology.shards.includes(shard));
    const left = old.flatMap((shard) => [...(leftBehind(store, shard, bare) ?? [])]);
    return new Set([...left, ...watch.kept.copiesNotKept(bare)]);
  }

  #stateProblems(): readonly string[] {
    const open = new Map(
      [...this.#world.sockets.open].map(([id, reader]) => {
        return [id, reader.wanted(new Set(this.#world.watch.held.of(id)))] as const;
      }),
    );
    const { happened } = this.#stage.fate;
    const { held } = this.#world.watch;
    const { opened, goneEarly } = this.#world.sockets;
    const isUncounted = (id: string, at: number): boolean => held.wasRemovedBefore(id, at, goneEarly.has(id));
    const uncounted = new Set([...opened].flatMap(([id, at]) => (isUncounted(id, at) ? [id] : [])));
    const wasFalselyGone = happened.some(({ fault }) => fault === 'falsely gone');
    const mayHoldMore = happened.some(({ fault, name }) => fault === 'belated' && name.includes('subscriptions.add'));
    const isCleared = this.#cast.crowd.devices.every(({ hasLeft }) => hasLeft);
    const { evicted } = this.#cast.outages;
    const { unreadable } = this.#cast.backEnds;
    const service = {
      store: this.#world.store,
      broker: this.#world.broker,
      meter: this.#world.meter,
      texts: TEXTS,
      bare: this.#cast.backEnds.bare,
      unreadable,
      evicted,
    };
    const found = stateProblems({
      ...service,
      open,
      uncounted,
      forgotten: this.#world.sockets.forgotten,
      wasFalselyGone,
      mayHoldMore,
      isCleared,
      mayForget: this.#mayForget,
    });
    return found.map((problem) => (isCleared ? `once all are gone, ${problem}` : problem));
  }

  /** Writes that may come twice where Redis forgets: those by whose numbers alone they are known, and all where it forgets numbers. */
  get #mayComeTwice(): readonly string[] {
    const { writes = [], isNaming = true } = this.#cast.keeper ?? {};
    return isNaming && this.#cast.outages.areNumbersSure ? [] : writes;
  }

  #judge(): readonly string[] {
    const again = this.#mayForget ? this.#mayComeTwice : [];
    const bare = new Set([...this.#cast.backEnds.bare, ...again]);
    const wasSilent = this.#stage.fate.happened.some(({ fault }) => fault === 'consumer silent');
    // What a consumer had that is gone comes behind what its successor takes.
    const promises = { ...EVERYTHING, publisherOrder: !wasSilent && !this.#mayForget, historyMayLose: this.#mayForget };
    const historyIsCut = this.#plan.maxEvents < UNCUT;
    const users = [...USERS, GUEST];
    const { kept } = this.#world.watch;
    return judge({
      store: this.#world.store,
      missing: kept.missing,
      seen: this.#seen,
      channels: CHANNELS,
      users,
      bare,
      promises: { ...promises, historyIsCut, gapsAreSure: kept.isOn },
    });
  }
}

/**
 * Plays one plan.
 *
 * @param spared - names of faults that do not happen in it.
 */
export const play = (plan: Plan, spared: ReadonlySet<string> = new Set()): Promise<Played> => {
  const { next } = new Fate(plan.seed, new Set(), new Set()).at('what is drawn past every port');
  let run: Run | undefined;
  return withChance({ random: next, elapsed: () => run?.clock.elapsed() ?? 0 }, () => {
    run = new Run(plan, spared);
    return run.play();
  });
};
