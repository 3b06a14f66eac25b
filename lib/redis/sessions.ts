import type { Caller, Connection } from '../ports/connection.ts';
import type { Sessions } from '../ports/sessions.ts';
import { NO_CAPABILITIES, parseCapabilities } from '../protocol/capabilities.ts';
import { parseSession, type Session } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { NOTHING_TOLD, Telling } from './telling.ts';

/** Milliseconds a revocation is remembered: no token should live longer. */
const REVOCATION_LIFETIME = 30 * 86_400_000;

const isRevokedBy = (mark: string | null, { issued }: Session): boolean =>
  mark !== null && (issued ?? 0) <= Number(mark);

/** The sessions of connections, in their records in Redis. */
export class RedisSessions implements Sessions {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  readonly #telling: Telling;

  /** @param told - what is told of the service. */
  constructor(redis: RedisClient, keys: Keys, told = NOTHING_TOLD) {
    this.#redis = redis;
    this.#keys = keys;
    this.#telling = new Telling(redis, keys, told);
  }

  async find(caller: Caller): Promise<Caller | undefined> {
    const [[capabilities, session], mark] = await orAway(
      Promise.all([
        this.#redis.hmget(this.#keys.connection(caller.id), 'capabilities', 'session'),
        this.#redis.get(this.#keys.revoked(caller.user)),
      ]),
    );
    const found: Caller = {
      ...caller,
      ...(capabilities == null ? {} : { capabilities: parseCapabilities(capabilities) }),
      ...(session == null ? {} : { session: parseSession(session) }),
    };
    return isRevokedBy(mark, found.session) ? undefined : found;
  }

  async revoke(user: string, now: number): Promise<readonly Connection[]> {
    // First the mark: from then on nobody gets in who could be missing among those read.
    const own = [this.#keys.revoked(user), ...this.#telling.listOfUser('sessions', user)];
    await this.#telling.ofUser('sessions', user, 0, () =>
      orAway(this.#redis.revoke(own.length, ...own, now, REVOCATION_LIFETIME)),
    );
    const endpoints = await orAway(this.#redis.hgetall(this.#keys.connectionsOf(user)));
    return Object.entries(endpoints).map(([id, endpoint]) => ({ id, user, endpoint, capabilities: NO_CAPABILITIES }));
  }

  async isRevoked(user: string, session: Session): Promise<boolean> {
    return isRevokedBy(await orAway(this.#redis.get(this.#keys.revoked(user))), session);
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
}
