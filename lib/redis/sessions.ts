import type { Caller, Connection } from '../ports/connection.ts';
import type { Sessions } from '../ports/sessions.ts';
import { NO_CAPABILITIES, parseCapabilities } from '../protocol/capabilities.ts';
import { parseSession, type Session } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds a revocation is remembered: no token should live longer. */
const REVOCATION_LIFETIME = 30 * 86_400_000;

const isRevokedBy = (mark: string | null, { issued }: Session): boolean =>
  mark !== null && (issued ?? 0) <= Number(mark);

/** The sessions of connections, in their records in Redis. */
export class RedisSessions implements Sessions {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
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
    await orAway(this.#redis.revoke(this.#keys.revoked(user), now, REVOCATION_LIFETIME));
    const endpoints = await orAway(this.#redis.hgetall(this.#keys.connectionsOf(user)));
    return Object.entries(endpoints).map(([id, endpoint]) => ({ id, user, endpoint, capabilities: NO_CAPABILITIES }));
  }

  async isRevoked(user: string, session: Session): Promise<boolean> {
    return isRevokedBy(await orAway(this.#redis.get(this.#keys.revoked(user))), session);
  }

  async ended(now: number, most: number): Promise<readonly Connection[]> {
    const ids = await orAway(
      this.#redis.zrange(this.#keys.sessionEnds, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, most),
    );
    const records = await orAway(
      Promise.all(ids.map((id) => this.#redis.hmget(this.#keys.connection(id), 'user', 'endpoint'))),
    );
    const gone = ids.filter((_, i) => records[i]?.[0] == null);
    if (gone.length > 0) await orAway(this.#redis.zrem(this.#keys.sessionEnds, ...gone));
    return ids.flatMap((id, i) => {
      const [user, endpoint] = records[i] ?? [];
      return user == null || endpoint == null ? [] : [{ id, user, endpoint, capabilities: NO_CAPABILITIES }];
    });
  }
}
