import { MemoryStore } from '../../../lib/memory/store.ts';
import type { Clock } from '../../../lib/ports/clock.ts';
import { isRead } from '../stage/reads.ts';

/** Draws a name for something. */
type NewName = MemoryStore['newName'];

/** A step that a store made, so that another can make it too. */
interface Step {
  /** Milliseconds since the plan began. */
  readonly at: number;
  /** What the clock of the store said, and that of its caller, milliseconds since 1970. */
  readonly time: number;
  readonly own: number;
  readonly names: string[];
  readonly again: (store: MemoryStore, clock: Clock) => void;
}

const fixed = (now: number): Clock => ({ now: () => now, elapsed: () => 0, sleep: () => Promise.resolve() });

/** A replica of the store that lags behind it, and takes its place when it fails. */
export class Replica {
  readonly #clock: Clock;
  #steps: Step[] = [];
  #names: string[] | undefined;
  #named = 0;

  /** @param clock - the store’s. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The names that the store gives. */
  readonly newName: NewName = (purpose) => {
    const name = `${purpose}-${++this.#named}`;
    this.#names?.push(name);
    return name;
  };

  /**
   * A port whose steps the replica makes too, later.
   *
   * @param clock - the caller’s.
   * @param again - the same port over another store.
   */
  following<T extends object>(port: T, clock: Clock, again: (store: MemoryStore, clock: Clock) => T): T {
    return new Proxy(port, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function') return value;
        if (isRead(member)) return value.bind(target);
        return (...args: unknown[]): unknown => {
          const names: string[] = [];
          this.#steps.push({
            ...{ at: this.#clock.elapsed(), time: this.#clock.now(), own: clock.now(), names },
            again: (store, then) => {
              const other = again(store, then);
              // What it was refused, it is refused again.
              void Promise.resolve((Reflect.get(other, member) as typeof value).apply(other, args)).catch(
                () => undefined,
              );
            },
          });
          this.#names = names;
          try {
            // Each call of a port in memory is over before it returns.
            return value.apply(target, args);
          } finally {
            this.#names = undefined;
          }
        };
      },
    });
  }

  /** Puts into a store what the replica has, which is all but the latest. @param lag - milliseconds. */
  takeOver(store: MemoryStore, lag: number): void {
    const until = this.#clock.elapsed() - lag;
    this.#steps = this.#steps.filter(({ at }) => at <= until);
    let time: number | undefined;
    let names: string[] = [];
    const clock: Clock = { ...fixed(0), now: () => time ?? this.#clock.now(), elapsed: () => this.#clock.elapsed() };
    const replica = new MemoryStore(clock, (purpose) => names.shift() ?? this.newName(purpose));
    for (const step of this.#steps) {
      time = step.time;
      names = [...step.names];
      step.again(replica, fixed(step.own));
    }
    time = undefined;
    Object.assign(store, { ...replica, clock: store.clock, newName: store.newName });
  }
}
