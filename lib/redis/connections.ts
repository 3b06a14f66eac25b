import type { Caller } from '../ports/connection.ts';
import type { Connections } from '../ports/connections.ts';
import type { Meter } from '../ports/meter.ts';
import { capabilitiesText } from '../protocol/capabilities.ts';
import { sessionText } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { encodeListener } from './listeners.ts';
import { unlisten, unlistenUnheld } from './unlisten.ts';

/**
 * Milliseconds after which a connection’s traces expire by themselves: API Gateway cuts every connection at two hours,
 * and the sweeper looks for it within the next twelve minutes; the rest is for a sweeper that was away. The record and
 * the list of subscriptions live that long from the last ping or subscribe, an audience and the registry from the last
 * subscribe of anyone: all of them longer than a connection can.
 */
export const CONNECTION_LIFETIME = 9_000_000;

/** Milliseconds without a sign of life after which it is looked whether a connection is still there. */
export const QUIET = 600_000;

/** Notes that a connection is to be looked for, unless that is noted already. The list outlives all that is on it. */
export const noteDue = (redis: RedisClient, keys: Keys, id: string): Promise<unknown> =>
  Promise.all([redis.zadd(keys.due, 'NX', Date.now() + QUIET, id), redis.pexpire(keys.due, 2 * CONNECTION_LIFETIME)]);

/** Connection records in Redis. */
export class RedisConnections implements Connections {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #meter: Meter;

  constructor(redis: RedisClient, keys: Keys, meter: Meter) {
    this.#redis = redis;
    this.#keys = keys;
    this.#meter = meter;
  }

  async open(caller: Caller): Promise<void> {
    const { id, user, endpoint, session } = caller;
    const mine = this.#keys.connectionsOf(user);
    const ends = this.#keys.sessionEnds;
    const [, [added, dropped]] = await orAway(
      Promise.all([
        noteDue(this.#redis, this.#keys, id),
        // Who is older was cut by the gateway, whether anyone was told or not.
        this.#redis.enter(this.#keys.open, Date.now(), CONNECTION_LIFETIME, id),
        this.#redis.hold(
          this.#keys.connection(id),
          CONNECTION_LIFETIME,
          ...['user', user],
          ...['endpoint', endpoint],
          ...['capabilities', capabilitiesText(caller.capabilities)],
          ...['session', sessionText(session)],
        ),
        this.#redis.hold(mine, CONNECTION_LIFETIME, id, endpoint),
        session.expires === null ? this.#redis.zrem(ends, id) : this.#redis.zadd(ends, session.expires, id),
        this.#redis.pexpire(ends, CONNECTION_LIFETIME),
      ]),
    );
    this.#meter.count('connections_opened', {}, added);
    this.#meter.count('connections_closed', {}, dropped);
  }

  async redeclare(caller: Caller): Promise<void> {
    await this.open(caller);
    const listener = encodeListener(caller);
    const texts = await orAway(this.#redis.smembers(this.#keys.subscriptionsOf(caller.id)));
    await orAway(
      Promise.all(
        texts.map((text) => this.#redis.listen(this.#keys.audience(text), caller.id, listener, CONNECTION_LIFETIME)),
      ),
    );
    await unlistenUnheld(this.#redis, this.#keys, caller.id, texts);
  }

  // The time that is left of the record says when the connection was last seen; to write that is cheap, and unlike a
  // field it does not bring back a record that was removed.
  async seen(id: string): Promise<void> {
    const keys = [this.#keys.connection(id), this.#keys.subscriptionsOf(id)];
    await orAway(Promise.all(keys.map((key) => this.#redis.pexpire(key, CONNECTION_LIFETIME))));
  }

  async close(id: string): Promise<void> {
    const ending = this.#keys.ending(id);
    // The list gives way to a copy before the listeners are removed, so that a subscribe under way, whose listeners may
    // come after that, finds itself held no more and takes them back.
    const [texts, user, openedAt] = await orAway(
      Promise.all([
        this.#redis.leave(this.#keys.subscriptionsOf(id), ending, CONNECTION_LIFETIME),
        this.#redis.hget(this.#keys.connection(id), 'user'),
        this.#redis.zscore(this.#keys.open, id),
      ]),
    );
    // The copy goes last: until then, whoever repeats this still finds what is left to remove.
    await unlisten(this.#redis, this.#keys, id, texts);
    const [removed] = await orAway(
      Promise.all([
        this.#redis.zrem(this.#keys.open, id),
        user !== null && this.#redis.hdel(this.#keys.connectionsOf(user), id),
        this.#redis.del(this.#keys.connection(id)),
        this.#redis.del(ending),
        this.#redis.zrem(this.#keys.sessionEnds, id),
      ]),
    );
    await orAway(this.#redis.zrem(this.#keys.due, id));
    // Of several who notice, one removes it.
    if (removed === 0) return;
    this.#meter.count('connections_closed', {});
    this.#meter.observe('connections_duration', {}, Math.max(0, Date.now() - Number(openedAt)));
  }
}
