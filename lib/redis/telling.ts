import type { ServiceEventKind } from '../ports/service-events.ts';
import { isPublicChannel } from '../protocol/reserved.ts';
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

/** The subjects of what is told of a connection, of a user, and of a channel. */
export const connectionSubject = (id: string): string => `c${id}`;
export const userSubject = (user: string): string => `u${user}`;
export const channelSubject = (channel: string): string => `a${channel}`;

/** The subject of what is told of messages that are put aside. */
export const PARKED_SUBJECT = 'p';

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

  /** The same of a user. */
  listOfUser(kind: ServiceEventKind, user: string): readonly string[] {
    return this.tells(kind) ? [this.#keys.presence(user)[1]] : [];
  }

  /** Where a step notes whether a user is there, and what is to be told of that; nothing where it is not told. */
  presenceOf(user: string): readonly string[] {
    return this.tells('users') ? this.#keys.presence(user) : [];
  }

  /** The same of a channel; nothing of patterns either. */
  occupancyOf(text: string): readonly string[] {
    return this.tells('channels') && isPublicChannel(text) ? this.#keys.occupancy(text) : [];
  }

  /**
   * Takes a step that may make something known of a connection. That is noted before: so it is found, also where this
   * function is killed before it says that it is true.
   *
   * @param step - sends its first command before it returns, where nothing is told.
   */
  of<T>(kind: ServiceEventKind, id: string, step: () => Promise<T>): Promise<T> {
    return this.tells(kind) ? this.#noted([connectionSubject(id)], 0, step) : step();
  }

  /** The same of a user. @param delay - milliseconds after which it comes true. */
  ofUser<T>(kind: ServiceEventKind, user: string, delay: number, step: () => Promise<T>): Promise<T> {
    return this.tells(kind) ? this.#noted([userSubject(user)], delay, step) : step();
  }

  /** The same of those texts that are channels. */
  ofChannels<T>(texts: readonly string[], delay: number, step: () => Promise<T>): Promise<T> {
    const channels = this.tells('channels') ? texts.filter(isPublicChannel) : [];
    return channels.length === 0 ? step() : this.#noted(channels.map(channelSubject), delay, step);
  }

  /** Writes down what no other step makes true. */
  report(subject: string, step: () => Promise<unknown>): Promise<unknown> {
    return this.#noted([subject], 0, step);
  }

  async #noted<T>(subjects: readonly string[], delay: number, step: () => Promise<T>): Promise<T> {
    const each = <R>(send: (subject: string) => Promise<R>) => Promise.all(subjects.map(send));
    await orAway(
      each((subject) =>
        this.#redis.foresee(...untoldKeys(this.#keys, subject), subject, UNTRUE, UNTOLD_LIFETIME, 'NX'),
      ),
    );
    const result = await step();
    // Where this fails it is told later.
    await each((subject) =>
      this.#redis.foresee(...untoldKeys(this.#keys, subject), subject, delay, UNTOLD_LIFETIME, 'LT'),
    ).catch(() => undefined);
    return result;
  }
}
