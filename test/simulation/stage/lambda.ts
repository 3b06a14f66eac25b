import { Environment, type Stage } from './environment.ts';

/** What an invocation came to. */
export type Invoked<R> = { readonly isDone: true; readonly answer: R } | { readonly isDone: false };

export interface FunctionSettings<E, R> {
  readonly name: string;
  /** Milliseconds an invocation may take. */
  readonly timeout: number;
  /** Begins the function in an environment. */
  readonly begin: (environment: Environment) => (event: E) => Promise<R>;
  /** Whether a failure is one that may be. */
  readonly mayFail: (error: unknown) => boolean;
  /** Milliseconds that an invocation takes at the most which nothing befell, whatever its clients do. */
  readonly most?: number;
  /** Whether others may be the reason why an invocation failed that nothing befell; never, where absent. */
  readonly isRivalled?: (environment: Environment) => boolean;
}

interface Warm<E, R> {
  readonly environment: Environment;
  readonly handle: (event: E) => Promise<R>;
}

/** Milliseconds for which what was frozen beyond its timeout goes on once it is thawed, at the most. */
const AFTERLIFE = 3_000;

/** The same of functions that do not wait for anything. */
const MOST = 15_000;

/** A function as Lambda runs it: one invocation at a time in an environment, which is frozen in between. */
export class Lambda<E, R> {
  readonly #stage: Stage;
  readonly #settings: FunctionSettings<E, R>;
  readonly #idle: Warm<E, R>[] = [];
  readonly #all = new Set<Environment>();
  /** Environments that are of a deployment of before, and end once they have done what they do. */
  readonly #old = new WeakSet<Environment>();
  #begun = 0;
  #running = 0;

  constructor(stage: Stage, settings: FunctionSettings<E, R>) {
    this.#stage = stage;
    this.#settings = settings;
  }

  /** Invocations that go on. */
  get running(): number {
    return this.#running;
  }

  /** Environments that there were. */
  get begun(): number {
    return this.#begun;
  }

  /** Those that stand still go on. */
  mend(): void {
    for (const environment of this.#all) {
      if (!this.#idle.some((warm) => warm.environment === environment)) environment.thaw();
    }
  }

  /** It is deployed anew: no environment that there is takes another invocation. */
  deploy(): void {
    for (const environment of this.#all) this.#old.add(environment);
    for (const { environment } of [...this.#idle]) environment.end();
  }

  /** Whether something of a deployment of before goes on. */
  get isMixed(): boolean {
    return [...this.#all].some((environment) => this.#old.has(environment));
  }

  /** One that works is killed. */
  kill(): void {
    const working = [...this.#all].find((each) => !this.#idle.some(({ environment }) => environment === each));
    if (working === undefined) return;
    this.#stage.story.tell(working.name, 'is killed');
    working.end();
  }

  invoke(event: E): Promise<Invoked<R>> {
    const { time, fate, story } = this.#stage;
    const { name, timeout, mayFail, isRivalled, most = MOST } = this.#settings;
    const isCold = fate.befalls(name, ['cold']) !== undefined;
    const warm = (isCold ? undefined : this.#idle.pop()) ?? this.#begin();
    const { environment, handle } = warm;
    const { promise, resolve } = Promise.withResolvers<Invoked<R>>();
    let isOver = false;
    const over = (invoked: Invoked<R>): boolean => {
      if (isOver) return false;
      isOver = true;
      this.#running--;
      callOff();
      resolve(invoked);
      return true;
    };
    const rest = (): void => {
      if (environment.hasEnded) return;
      if (this.#old.has(environment)) {
        environment.end();
        return;
      }
      environment.freeze();
      this.#idle.push(warm);
    };
    const callOff = time.after(timeout, () => {
      story.tell(environment.name, 'has had its time');
      over({ isDone: false });
      // One that stands still is ended a while after it goes on.
      if (environment.isFrozen) environment.onceAwake(() => void time.after(AFTERLIFE, () => environment.end()));
      else environment.end();
    });
    environment.onEnd(() => over({ isDone: false }));
    environment.thaw();
    this.#running++;
    const began = time.elapsed();
    const troubles = environment.troubles.length;
    const accuse = (what: string): void => {
      if (environment.troubles.length > troubles || environment.hasEnded) return;
      this.#stage.problems.push(`misconduct: ${environment.name} ${what}, though nothing befell it`);
    };
    const judge = (): void => {
      const took = time.elapsed() - began;
      if (took > most) accuse(`took ${Math.round(took / 1_000)} s`);
    };
    handle(event).then(
      (answer) => {
        judge();
        if (over({ isDone: true, answer })) rest();
        else environment.end();
      },
      (error: unknown) => {
        judge();
        if (isRivalled?.(environment) !== true) accuse(`failed (${error})`);
        if (!mayFail(error)) this.#stage.problems.push(`${environment.name} failed: ${error}`);
        story.tell(environment.name, `failed: ${error}`);
        if (over({ isDone: false })) rest();
        else environment.end();
      },
    );
    return promise;
  }

  #begin(): Warm<E, R> {
    const environment = new Environment(this.#stage, `${this.#settings.name}-${++this.#begun}`);
    this.#all.add(environment);
    environment.onEnd(() => {
      this.#all.delete(environment);
      const at = this.#idle.findIndex((warm) => warm.environment === environment);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return { environment, handle: this.#settings.begin(environment) };
  }
}
