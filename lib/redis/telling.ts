import type { ServiceEventKind } from '../ports/service-events.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { slotOf } from './slots.ts';

/** Into how many parts subjects are spread. */
export const UNTOLD_PARTS = 16;

/** Milliseconds for which what is to be told is kept, where nobody tells it. */
const UNTOLD_LIFETIME = 86_400_000;

/**
 * Milliseconds after which what was noted comes true no more: whoever noted it was killed before, or was told that Redis is
 * away.
 */
export const UNTRUE = 60_000;

/** Nothing is told of these. */
export const NOTHING_TOLD: ReadonlySet<ServiceEventKind> = new Set();

/** The subject of what is told of a connection. */
export const connectionSubject = (id: string): string => `c${id}`;

/** The keys of the part that a subject is in. */
export const untoldKeys = (keys: Keys, subject: string): readonly [due: string, marks: string] =>
  keys.untold(slotOf(subject) % UNTOLD_PARTS);

/** What a step makes known of the service, as far as that is switched on. Where it is not, nothing is sent for it. */
export class Telling {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #kinds: ReadonlySet<ServiceEventKind>;

  constructor(redis: RedisClient, keys: Keys, kinds: ReadonlySet<ServiceEventKind>) {
    this.#redis = redis;
    this.#keys = keys;
    this.#kinds = kinds;
  }

  tells(kind: ServiceEventKind): boolean {
    return this.#kinds.has(kind);
  }

  /** The list in which a step is to write of a connection; none where it is to tell nothing of this kind. */
  listOf(kind: ServiceEventKind, id: string): readonly string[] {
    return this.tells(kind) ? [this.#keys.untoldOf(id)] : [];
  }

  /**
   * Takes a step that may make something known of a connection. That is noted before: so it is found, also where this
   * function is killed before it says that it is true.
   *
   * @param step - sends its first command before it returns, where nothing is told.
   */
  of<T>(kind: ServiceEventKind, id: string, step: () => Promise<T>): Promise<T> {
    return this.tells(kind) ? this.#noted(connectionSubject(id), step) : step();
  }

  async #noted<T>(subject: string, step: () => Promise<T>): Promise<T> {
    const [due, marks] = untoldKeys(this.#keys, subject);
    await orAway(this.#redis.foresee(due, marks, subject, UNTRUE, UNTOLD_LIFETIME));
    const result = await step();
    // Where this fails it is told later.
    await this.#redis.hurry(due, subject, UNTOLD_LIFETIME).catch(() => undefined);
    return result;
  }
}
