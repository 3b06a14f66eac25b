import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { MOST_POINTS, type Past, type PastReading } from '../ports/past.ts';
import type { PastPoint } from '../protocol/http/past.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds for which points are kept behind the newest. */
const KEPT = 3_600_000;

const storedPoint = v.object({ at: v.number(), values: v.record(v.string(), v.number()) });
const storedReading = v.object({ at: v.number(), text: v.string() });

/** What another version wrote, and this one cannot read, is as if it were not there. */
const read = <T>(schema: v.GenericSchema<unknown, T>, text: string): T | undefined => {
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** The figures of the last hour, in Redis. */
export class RedisPast implements Past {
  readonly #redis: RedisClient;
  readonly #points: string;
  readonly #reading: string;
  readonly #turn: string;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    [this.#points, this.#reading, this.#turn] = keys.past;
  }

  async claim(pause: number): Promise<boolean> {
    // Named, so that it is known again where its reply was lost and it is sent once more.
    const name = randomBytes(9).toString('base64url');
    const taken = await orAway(this.#redis.set(this.#turn, name, 'PX', pause, 'NX', 'GET'));
    return taken === null || taken === name;
  }

  async latest(): Promise<PastReading | undefined> {
    const text = await orAway(this.#redis.get(this.#reading));
    return text === null ? undefined : read(storedReading, text);
  }

  async add(point: PastPoint, reading: PastReading): Promise<void> {
    await orAway(
      Promise.all([
        this.#redis.rpush(this.#points, JSON.stringify(point)),
        this.#redis.ltrim(this.#points, -MOST_POINTS, -1),
        this.#redis.pexpire(this.#points, KEPT),
        this.#redis.set(this.#reading, JSON.stringify(reading), 'PX', KEPT),
      ]),
    );
  }

  async points(): Promise<readonly PastPoint[]> {
    const texts = await orAway(this.#redis.lrange(this.#points, 0, -1));
    const all = texts.flatMap((text) => read(storedPoint, text) ?? []);
    const oldest = (all.at(-1)?.at ?? 0) - KEPT;
    return all.filter(({ at }) => at > oldest);
  }
}
