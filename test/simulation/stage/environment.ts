import type { VirtualClock } from '../../../lib/memory/virtual-clock.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import { DependencyAway } from '../../../lib/ports/dependency.ts';
import type { Fate, Fault } from './fate.ts';
import { isReading } from './reads.ts';
import type { Story } from './story.ts';

/** What everything in a plan has in common. */
export interface Stage {
  readonly time: VirtualClock;
  readonly fate: Fate;
  readonly story: Story;
  /** What is away as a whole. */
  readonly away: ReadonlySet<DependencyAway['dependency']>;
  /** Has it go away. @param duration - milliseconds. */
  goAway(dependency: DependencyAway['dependency'], duration: number): void;
  /** What no fault accounts for. */
  readonly problems: string[];
  /** Calls that were carried out so far. */
  readonly steps: {
    count: number;
    /** Who looks behind each whether there is something for it. */
    readonly looks: Set<() => void>;
  };
  /** Whether Redis has no memory left: it takes no writes. */
  isFull: boolean;
}

/** What befell a call of an environment, and when. */
interface Trouble {
  readonly call: string;
  /** Milliseconds since the plan began. */
  readonly at: number;
}

/** Milliseconds after which whoever gets no answer of a dependency gives up, as the real adapters do. */
const PATIENCE = { redis: 3_000, rabbitmq: 5_000, gateway: 3_000 };

/** What may befall a call of a function. */
export const OF_CALLS: readonly Fault[] = [
  'answer lost',
  'refused',
  'late',
  'belated',
  'away',
  'for ever',
  'killed before',
  'killed behind',
  'frozen',
];

/** What may befall a call that never fails. */
const OF_SURE_CALLS: readonly Fault[] = ['late', 'for ever', 'killed before', 'killed behind', 'frozen'];

/** What such calls may come to. */
const OUTCOMES: readonly string[] = ['answered', ...OF_CALLS];
const SURE_OUTCOMES: readonly string[] = ['answered', ...OF_SURE_CALLS];

/** What objects of each kind can do, by name. */
const members = new Map<object, readonly string[]>();

/** The names of what an object can do. */
const membersOf = (object: object): readonly string[] => {
  const made: object = Object.getPrototypeOf(object);
  if (made === Object.prototype) return [];
  const known = members.get(made) ?? [...Object.getOwnPropertyNames(made), ...membersOf(made)];
  members.set(made, known);
  return known;
};

/** Calls that few plans make, or in which little goes wrong: something befalls them so many times as often. */
const RARE: ReadonlyMap<string, number> = new Map([
  ...[
    ...['directory.leave', 'scratch.loadSharedCursor', 'gateway.close'],
    ...['directory.forgetUnclosed', 'subscriptions.finish', 'directory.postpone'],
  ].map((call) => [call, 6] as const),
  ...[
    ...['directory.renew', 'directory.seen', 'directory.toLookFor', 'scratch.loadCursor', 'scratch.saveCursor'],
    ...['gateway.find', 'directory.due', 'subscriptions.pruneRegistry', 'directory.unclosed', 'limiter.takeHandshake'],
    ...['publisher.deepest', 'directory.ended', 'directory.isRevoked', 'directory.revoke', 'subscriptions.count'],
    ...['history.fence', 'history.activeChannels', 'subscriptions.remove', 'scratch.addChunk'],
    ...['directory.countOf', 'directory.page', 'directory.redeclare', 'history.remembered'],
  ].map((call) => [call, 4] as const),
]);

/** Milliseconds by which a clock is wrong, at the most. */
const WRONG = 20_000;

/** Milliseconds for which what goes away in the middle of something is away. */
const ABSENCE = 4_000;

/** Milliseconds for which a function stands still. */
const FREEZES = [50, 500, 2_000, 8_000, 30_000, 90_000];

/** How a call is made. */
export interface CallOptions {
  readonly dependency: DependencyAway['dependency'];
  /** It never fails: that is what its port says. */
  readonly isSure?: boolean;
}

/**
 * Where a function runs: begun, frozen and thawed, ended at any of its calls. Whatever its code waits for comes back to it
 * only while it runs.
 */
export class Environment {
  readonly name: string;
  /** Its own, which stands still for it while it is frozen, and shows then how long that was. */
  readonly clock: Clock;
  readonly #stage: Stage;
  /** What goes on once it is thawed. */
  readonly #held: (() => void)[] = [];
  readonly #ends: (() => void)[] = [];
  /** All that befell it, whatever that was. */
  readonly troubles: Trouble[] = [];
  /** When it last went on, milliseconds since the plan began. */
  thawed = 0;
  /** Which of all calls was the last of those that it was answered. */
  lastStep = 0;
  #freezes = 0;
  #isFrozen = false;
  #hasEnded = false;

  constructor(stage: Stage, name: string) {
    this.#stage = stage;
    this.name = name;
    const { time, fate } = stage;
    const isWrong = fate.befalls(name, ['clock differs']) !== undefined;
    const ahead = isWrong ? Math.floor((2 * fate.at(name).next() - 1) * WRONG) : 0;
    this.clock = {
      now: () => time.now() + (fate.isCalm ? 0 : ahead),
      elapsed: () => time.elapsed(),
      sleep: (duration) => new Promise((resolve) => void time.after(duration, () => this.onceAwake(resolve))),
    };
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Goes on now, once it is thawed, or never. */
  onceAwake(go: () => void): void {
    if (this.#hasEnded) return;
    if (this.#isFrozen) this.#held.push(go);
    else go();
  }

  /** Stands still. @param duration - milliseconds; until it is thawed, where absent. */
  freeze(duration?: number): void {
    this.#isFrozen = true;
    const freeze = ++this.#freezes;
    if (duration === undefined) return;
    this.#stage.time.after(duration, () => {
      if (freeze === this.#freezes) this.thaw();
    });
  }

  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.thawed = this.#stage.time.elapsed();
    for (const go of this.#held.splice(0)) this.onceAwake(go);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#held.length = 0;
    for (const tell of this.#ends) tell();
  }

  /** Something befell a call of it. */
  befell(call: string): void {
    this.troubles.push({ call, at: this.#stage.time.elapsed() });
  }

  /** @param tell - called when it ends. */
  onEnd(tell: () => void): void {
    this.#ends.push(tell);
  }

  /** Makes a call of a port, and has happen to it what the plan has for it. */
  call<T>(name: string, { dependency, isSure = false }: CallOptions, run: () => Promise<T>): Promise<T> {
    const { time, fate, story, away } = this.#stage;
    const place = `${this.name} ${name}`;
    const fault = fate.befalls(place, isSure ? OF_SURE_CALLS : OF_CALLS, RARE.get(name), name);
    const random = fate.at(place);
    // Always as many, so that what befalls one call does not change what befalls the next.
    const [there, back, much] = [1 + random.below(5), random.below(4), random.next()];
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let step = 0;
    const lost = (): void =>
      this.onceAwake(() => reject(new DependencyAway(dependency, new Error(`${name} was not answered`))));
    const carryOut = (): Promise<T> => {
      step = ++this.#stage.steps.count;
      if (away.has(dependency) && !isSure) {
        this.befell(name);
        return Promise.reject(away);
      }
      const done = run();
      for (const look of [...this.#stage.steps.looks]) look();
      return done;
    };
    /** Carries it out after a while; its answer comes back after another. */
    const make = (after: number): void => {
      time.after(after, () => {
        carryOut().then(
          (value) =>
            time.after(back, () =>
              this.onceAwake(() => {
                this.lastStep = Math.max(this.lastStep, step);
                resolve(value);
              }),
            ),
          (error) => (error === away ? lost() : time.after(back, () => this.onceAwake(() => reject(error)))),
        );
      });
    };
    const silently = (after: number): void =>
      void time.after(after, () => {
        this.befell(name);
        carryOut().catch(() => undefined);
      });
    const isFull = this.#stage.isFull && dependency === 'redis' && !isSure && !isReading(name);
    const outcome = fault ?? ((away.has(dependency) || isFull) && !isSure ? 'away' : 'answered');
    story.note(this.name, name, outcome, isSure ? SURE_OUTCOMES : OUTCOMES);
    if (outcome !== 'answered') this.befell(name);
    if (isFull && (fault === undefined || fault === 'late')) {
      time.after(there, () => this.onceAwake(() => reject(new DependencyAway(dependency, new Error('OOM')))));
      return promise;
    }
    switch (fault) {
      case undefined:
        make(there);
        break;
      case 'late':
        make(there + Math.floor(much * 0.9 * PATIENCE[dependency]));
        break;
      case 'answer lost':
        silently(there);
        time.after(there + (much < 0.5 ? 20 : PATIENCE[dependency]), lost);
        break;
      case 'refused':
        time.after(there + (much < 0.5 ? 20 : PATIENCE[dependency]), lost);
        break;
      case 'away':
        this.#stage.goAway(dependency, Math.floor(much * ABSENCE));
        time.after(there, lost);
        break;
      case 'belated':
        silently(PATIENCE[dependency] + Math.floor(much * 4_000));
        time.after(PATIENCE[dependency], lost);
        break;
      case 'killed before':
        this.end();
        break;
      case 'killed behind':
        silently(there);
        time.after(there, () => this.end());
        break;
      case 'frozen':
        make(there);
        this.freeze(FREEZES[Math.floor(much * FREEZES.length)]);
        break;
      default:
    }
    return promise;
  }

  /**
   * A port whose calls are made from here.
   *
   * @param passed - members that wait for nothing.
   * @param streamed - members that give something after another; it is asked for all at once.
   */
  through<T extends object>(
    port: T,
    name: string,
    options: CallOptions,
    { passed = [], streamed = [] }: { passed?: readonly (keyof T)[]; streamed?: readonly (keyof T)[] } = {},
  ): T {
    this.#stage.story.allowAll(name, options.isSure ? SURE_OUTCOMES : OUTCOMES, () =>
      membersOf(port).filter((member) => member !== 'constructor' && !passed.some((each) => each === member)),
    );
    const call = <R>(member: string | symbol, run: () => Promise<R>): Promise<R> =>
      this.call(`${name}.${String(member)}`, options, run);
    return new Proxy(port, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function') return value;
        if (passed.includes(member as keyof T)) return value.bind(target);
        if (streamed.includes(member as keyof T)) {
          return async function* (...args: unknown[]) {
            yield* await call(member, async () => {
              const all: unknown[] = [];
              for await (const each of value.apply(target, args) as AsyncIterable<unknown>) all.push(each);
              return all;
            });
          };
        }
        return (...args: unknown[]) => call(member, async () => value.apply(target, args) as unknown);
      },
    });
  }
}
