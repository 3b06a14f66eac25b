import * as v from 'valibot';
import {
  type Count,
  isLimited,
  isToldOfUser,
  LIMITED_KEPT,
  type Limited,
  type LimitedUsers,
  type LimitName,
  limitsOfUser,
  MOST_LIMITED,
  REFUSALS_APART,
  standing,
} from '../ports/limited.ts';
import type { RateLimits } from '../ports/rate-limiter.ts';
import { LIMIT_LEVELS } from '../protocol/http/limited.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

const writtenName = v.object({
  user: v.string(),
  level: v.picklist(LIMIT_LEVELS),
  connection: v.exactOptional(v.string()),
  type: v.exactOptional(v.string()),
});

/** What another version wrote, and this one cannot read, is as if it were not there. */
const readName = (text: string): LimitName | undefined => {
  try {
    return v.parse(writtenName, JSON.parse(text));
  } catch {
    return undefined;
  }
};

const written = ({ user, level, connection, type }: LimitName): string =>
  JSON.stringify({ user, level, connection, type });

const readRefused = (text: string | null): Limited['refused'] => {
  const [, since, last] = /^(\d+):(\d+)$/.exec(text ?? '') ?? [];
  return since === undefined || last === undefined ? undefined : { since: Number(since), last: Number(last) };
};

/** @param left - milliseconds until it is forgotten. */
const readCount = (text: string | null, left: number): Count | undefined => {
  const [, points, at] = /^(\d+)(?::(\d+))?$/.exec(text ?? '') ?? [];
  if (points === undefined) return undefined;
  return at === undefined ? { points: Number(points), left } : { bytes: Number(points), at: Number(at) };
};

/** The key of what counts against a limit; undefined where nobody has a count of their own. */
const keyOf = (keys: Keys, { user, level, connection = '', type = '' }: LimitName): string | undefined => {
  switch (level) {
    case 'global':
      return undefined;
    case 'messageType':
      return keys.limit(`type:${type}`, connection);
    case 'connection':
      return keys.limit(level, connection);
    default:
      return keys.limit(level, user);
  }
};

/**
 * Notes that a limit came near, or refused, for those who watch over the service.
 *
 * @throws DependencyAway; repeating the call is safe.
 */
export const noteLimit = async (redis: RedisClient, keys: Keys, name: LimitName, isRefused: boolean): Promise<void> => {
  await orAway(
    redis.limited(...keys.limited, written(name), isRefused ? 1 : 0, MOST_LIMITED, LIMITED_KEPT, REFUSALS_APART),
  );
};

/** Whose limits are near or refuse, from what counts against them in Redis. */
export class RedisLimitedUsers implements LimitedUsers {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #limits: RateLimits;

  constructor(redis: RedisClient, keys: Keys, limits: RateLimits) {
    this.#redis = redis;
    this.#keys = keys;
    this.#limits = limits;
  }

  async latest(most: number): Promise<readonly Limited[]> {
    const { limited, now } = await this.#look(await this.#noted(most));
    return limited.filter((each) => isLimited(each, now));
  }

  async ofUser(user: string): Promise<readonly Limited[]> {
    const { limited, now } = await this.#look(limitsOfUser(user, await this.#noted(MOST_LIMITED)));
    return limited.filter((each) => isToldOfUser(each, now));
  }

  /** Those that were noted, the last first. */
  async #noted(most: number): Promise<readonly LimitName[]> {
    const texts = await orAway(this.#redis.zrevrange(this.#keys.limited[0], 0, most - 1));
    return texts.flatMap((text) => readName(text) ?? []);
  }

  /** How they stand, in one round trip. */
  async #look(names: readonly LimitName[]): Promise<{ readonly limited: readonly Limited[]; readonly now: number }> {
    const look = async (name: LimitName) => {
      const key = keyOf(this.#keys, name);
      const [refused, counted, left] = await Promise.all([
        this.#redis.hget(this.#keys.limited[1], written(name)),
        key === undefined ? null : this.#redis.get(key),
        key === undefined ? 0 : this.#redis.pttl(key),
      ]);
      return { name, refused: readRefused(refused), count: readCount(counted, left) };
    };
    const [[seconds, microseconds], looked] = await orAway(
      Promise.all([this.#redis.time(), Promise.all(names.map(look))]),
    );
    const now = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
    const limited = looked.flatMap(
      ({ name, refused, count }) => standing(this.#limits, name, count, refused, now) ?? [],
    );
    return { limited, now };
  }
}
