import type { Connection } from '../ports/connection.ts';
import {
  CONNECTION_LIFETIME,
  type DueConnection,
  type UnclosedSocket,
  unclosedOf,
  unclosedText,
} from '../ports/directory.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import { parseSession } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Sockets that are forgotten in one step. */
const MOST_OLD = 1_000;

/** What the sweeper asks a {@link RedisDirectory}: which connections it is to look at, read from indexes by time. */
export class DirectoryRounds {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  // The index says when to look; the record, whether it has ended. A session that was renewed is looked at when it ends.
  async ended(now: number, most: number): Promise<readonly Connection[]> {
    const { sessionEnds } = this.#keys;
    const flat = await orAway(
      this.#redis.zrange(sessionEnds, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES'),
    );
    const looked = flat.filter((_, i) => i % 2 === 0);
    const records = await orAway(
      Promise.all(looked.map((id) => this.#redis.hmget(this.#keys.connection(id), 'user', 'endpoint', 'session'))),
    );
    const over: Connection[] = [];
    const moves: Promise<number>[] = [];
    for (const [i, id] of looked.entries()) {
      const [user, endpoint, session] = records[i] ?? [];
      const expires = session == null ? null : parseSession(session).expires;
      if (user != null && endpoint != null && expires !== null && expires <= now)
        over.push({ id, user, endpoint, capabilities: NO_CAPABILITIES });
      else moves.push(this.#redis.move(sessionEnds, id, flat[2 * i + 1] as string, expires ?? ''));
    }
    await orAway(Promise.all(moves));
    return over;
  }

  async due(now: number, most: number): Promise<readonly DueConnection[]> {
    const ids = await orAway(this.#redis.zrange(this.#keys.due, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, most));
    return orAway(
      Promise.all(
        ids.map(async (id) => {
          const key = this.#keys.connection(id);
          const [endpoint, left] = await Promise.all([this.#redis.hget(key, 'endpoint'), this.#redis.pttl(key)]);
          const quiet = left > 0 ? Math.max(CONNECTION_LIFETIME - left, 0) : Number.POSITIVE_INFINITY;
          return { id, endpoint: endpoint ?? undefined, quiet };
        }),
      ),
    );
  }

  async postpone(id: string, until: number): Promise<void> {
    await orAway(this.#redis.zadd(this.#keys.due, 'XX', until, id));
  }

  // The gateway cut those that are older.
  async unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    const { unclosed } = this.#keys;
    const oldest = String(Date.now() - CONNECTION_LIFETIME);
    const old = await orAway(this.#redis.zrange(unclosed, '-inf', oldest, 'BYSCORE', 'LIMIT', 0, MOST_OLD));
    if (old.length > 0) await orAway(this.#redis.zrem(unclosed, ...old));
    const texts = await orAway(this.#redis.zrange(unclosed, '0', String(most - 1)));
    return texts.map(unclosedOf);
  }

  async forgetUnclosed(socket: UnclosedSocket): Promise<void> {
    await orAway(this.#redis.zrem(this.#keys.unclosed, unclosedText(socket)));
  }
}
