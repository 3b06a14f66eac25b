import { createHash } from 'node:crypto';
import type { Level } from '../ports/rate-limiter.ts';
import {
  EXCEEDED_EACH,
  GRACE,
  type ServiceEventKind,
  type ServiceEvents,
  type ServiceFact,
  type Untold,
} from '../ports/service-events.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { NOTHING_TOLD, PARKED_SUBJECT, Telling, UNTOLD_PARTS, UNTRUE, untoldKeys, userSubject } from './telling.ts';

/** As which kind something is told. */
const KIND_OF: Readonly<Record<string, ServiceEventKind>> = {
  opened: 'connections',
  closed: 'connections',
  subscribed: 'subscriptions',
  unsubscribed: 'subscriptions',
  online: 'users',
  offline: 'users',
  occupied: 'channels',
  vacated: 'channels',
  revoked: 'sessions',
  exceeded: 'limits',
  parked: 'parked',
};

/** What a subject is, by its first letter: how it is named in what is told. */
const NAMED: Readonly<Record<string, string>> = { c: 'connection', u: 'user', a: 'channel' };

/** Characters of a name that stands in an id as it is. */
const LONGEST_NAME = 64;

const shortened = (name: string): string =>
  name.length <= LONGEST_NAME && /^[!-~]+$/.test(name) ? name : createHash('sha256').update(name).digest('base64url');

/** Reads what a step wrote down: what, version, time and JSON, separated by spaces. */
const factOf = (subject: string, written: string): ServiceFact => {
  const [what = '', version = '', at = ''] = written.split(' ', 3);
  const [letter, name] = [subject.slice(0, 1), subject.slice(1)];
  const data = JSON.parse(written.slice(what.length + version.length + at.length + 3)) as object;
  return {
    id: `${what} ${shortened(name)} ${version}`,
    kind: KIND_OF[what] as ServiceEventKind,
    what,
    at: Number(at),
    data: JSON.stringify(subject === PARKED_SUBJECT ? data : { [NAMED[letter] as string]: name, ...data }),
    written,
  };
};

/** What is to be told of the service, in a list for each subject, and a sorted set and a hash for each part of them. */
export class RedisServiceEvents implements ServiceEvents {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #telling: Telling;
  /** Milliseconds after which something comes true by itself, of subjects that were looked at. */
  readonly #waiting = new Map<string, number>();

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
    this.#telling = new Telling(redis, keys, NOTHING_TOLD);
  }

  async untold(most: number): Promise<readonly Untold[]> {
    const parts = await orAway(
      Promise.all(
        Array.from({ length: UNTOLD_PARTS }, (_, part) => this.#redis.untold(...this.#keys.untold(part), most)),
      ),
    );
    return parts.flatMap((found) =>
      Array.from({ length: found.length / 3 }, (_, i) => ({
        subject: found[3 * i] as string,
        due: found[3 * i + 1] as string,
        mark: found[3 * i + 2] as string,
      })),
    );
  }

  async facts(subject: string, most: number): Promise<readonly ServiceFact[]> {
    const left = await this.#vacate(subject);
    if (left >= 0) this.#waiting.set(subject, left);
    else this.#waiting.delete(subject);
    const written = await orAway(this.#redis.lrange(this.#listOf(subject), 0, most - 1));
    return written.map((text) => factOf(subject, text));
  }

  async told(subject: string, { written }: ServiceFact): Promise<void> {
    await orAway(this.#redis.lrem(this.#listOf(subject), 1, written));
  }

  async overlook({ subject, due, mark }: Untold): Promise<void> {
    const left = this.#waiting.get(subject) ?? -1;
    this.#waiting.delete(subject);
    await orAway(this.#redis.overlook(...untoldKeys(this.#keys, subject), subject, due, mark, UNTRUE, left));
  }

  async age(): Promise<number> {
    const parts = Array.from({ length: UNTOLD_PARTS }, (_, part) => this.#redis.age(this.#keys.untold(part)[0]));
    return Math.max(...(await orAway(Promise.all(parts))));
  }

  async exceeded(user: string, limit: Level): Promise<void> {
    const own = [this.#keys.presence(user)[1], this.#keys.exceeded(user)];
    await this.#telling.report(userSubject(user), () =>
      orAway(this.#redis.report(own.length, ...own, 'exceeded', '', JSON.stringify({ limit }), EXCEEDED_EACH)),
    );
  }

  async parked(name: string, data: Readonly<Record<string, string>>): Promise<void> {
    await this.#telling.report(PARKED_SUBJECT, () =>
      orAway(this.#redis.report(1, this.#keys.untoldParked, 'parked', name, JSON.stringify(data), 0)),
    );
  }

  /** Writes down that nobody is there any more, where the time for that has come. @returns milliseconds that are left; -1 for none. */
  async #vacate(subject: string): Promise<number> {
    const name = subject.slice(1);
    if (subject.startsWith('c') || subject === PARKED_SUBJECT) return -1;
    const [members, state, what] = subject.startsWith('u')
      ? [this.#keys.connectionsOf(name), this.#keys.presence(name), 'offline']
      : [this.#keys.audience(name), this.#keys.occupancy(name), 'vacated'];
    return orAway(this.#redis.vacate(members, ...state, GRACE, what));
  }

  #listOf(subject: string): string {
    const name = subject.slice(1);
    if (subject === PARKED_SUBJECT) return this.#keys.untoldParked;
    if (subject.startsWith('c')) return this.#keys.untoldOf(name);
    return (subject.startsWith('u') ? this.#keys.presence(name) : this.#keys.occupancy(name))[1];
  }
}
