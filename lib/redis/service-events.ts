import type { ServiceEventKind, ServiceEvents, ServiceFact, Untold } from '../ports/service-events.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { UNTOLD_PARTS, UNTRUE, untoldKeys } from './telling.ts';

/** What is told of a connection, and as which kind. */
const KIND_OF: Readonly<Record<string, ServiceEventKind>> = {
  opened: 'connections',
  closed: 'connections',
  subscribed: 'subscriptions',
  unsubscribed: 'subscriptions',
};

/** Reads what a step wrote down: what, version, time and JSON, separated by spaces. */
const factOf = (subject: string, written: string): ServiceFact => {
  const [what = '', version = '', at = ''] = written.split(' ', 3);
  const connection = subject.slice(1);
  const data = JSON.parse(written.slice(what.length + version.length + at.length + 3)) as object;
  return {
    id: `${what} ${connection} ${version}`,
    kind: KIND_OF[what] as ServiceEventKind,
    what,
    at: Number(at),
    data: JSON.stringify({ connection, ...data }),
    written,
  };
};

/** What is to be told of the service, in a list for each subject, and a sorted set and a hash for each part of them. */
export class RedisServiceEvents implements ServiceEvents {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
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
    const written = await orAway(this.#redis.lrange(this.#listOf(subject), 0, most - 1));
    return written.map((text) => factOf(subject, text));
  }

  async told(subject: string, { written }: ServiceFact): Promise<void> {
    await orAway(this.#redis.lrem(this.#listOf(subject), 1, written));
  }

  async overlook({ subject, due, mark }: Untold): Promise<void> {
    await orAway(this.#redis.overlook(...untoldKeys(this.#keys, subject), subject, due, mark, UNTRUE));
  }

  #listOf(subject: string): string {
    return this.#keys.untoldOf(subject.slice(1));
  }
}
