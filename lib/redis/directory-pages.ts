import { CONNECTION_LIFETIME, type ConnectionWithSession } from '../ports/directory.ts';
import { type OpenConnection, type OpenConnectionsPage, SHOWN_SUBSCRIPTIONS } from '../protocol/open-connections.ts';
import { parseSession } from '../protocol/session.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Where a page ended: when the last connection was opened, and its id among those of the same millisecond. */
interface Place {
  readonly openedAt: number;
  readonly id: string;
}

/** A connection, with its session as its record has it. */
interface Described {
  readonly shown: OpenConnection;
  readonly endpoint: string;
  readonly session: string | undefined;
}

const START: Place = { openedAt: 0, id: '' };

const encodePlace = ({ openedAt, id }: Place): string => Buffer.from(`${openedAt} ${id}`).toString('base64url');

const decodePlace = (cursor: string): Place | undefined => {
  const [, openedAt, id] = /^(\d{1,15}) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return openedAt === undefined || id === undefined ? undefined : { openedAt: Number(openedAt), id };
};

/** Ids of the same score are in the order of their bytes. */
const isBehind = (one: Place, other: Place): boolean =>
  one.openedAt === other.openedAt
    ? Buffer.compare(Buffer.from(one.id), Buffer.from(other.id)) > 0
    : one.openedAt > other.openedAt;

/** What people who watch over the service are shown of a {@link RedisDirectory}: open connections, read from their index. */
export class DirectoryPages {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async count(): Promise<number> {
    return orAway(this.#redis.zcount(this.#keys.open, Date.now() - CONNECTION_LIFETIME, '+inf'));
  }

  async page(most: number, cursor: string | undefined): Promise<OpenConnectionsPage | undefined> {
    const after = cursor === undefined ? START : decodePlace(cursor);
    if (after === undefined) return undefined;
    const places = await this.#placesBehind(after, most + 1);
    const shown = places.slice(0, most);
    const connections = await orAway(Promise.all(shown.map((place) => this.#describe(place))));
    const last = shown.at(-1);
    return {
      connections: connections.flatMap((connection) => (connection === undefined ? [] : [connection.shown])),
      next: places.length > most && last !== undefined ? encodePlace(last) : null,
    };
  }

  async ofUser(user: string, most: number): Promise<readonly ConnectionWithSession[]> {
    const ids = await orAway(this.#redis.hkeys(this.#keys.connectionsOf(user)));
    if (ids.length === 0) return [];
    const opened = await orAway(this.#redis.zmscore(this.#keys.open, ...ids));
    const oldest = Date.now() - CONNECTION_LIFETIME;
    const places = ids
      .map((id, i) => ({ id, openedAt: Number(opened[i] ?? 0) }))
      .filter(({ openedAt }) => openedAt >= oldest)
      .sort((one, other) => (isBehind(one, other) ? 1 : -1));
    const described = await orAway(Promise.all(places.slice(0, most).map((place) => this.#describe(place))));
    return described.flatMap((connection) => {
      // A record of another user with this id is that user's.
      if (connection?.shown.user !== user || connection.session === undefined) return [];
      return [{ ...connection, session: parseSession(connection.session) }];
    });
  }

  async #placesBehind(after: Place, count: number): Promise<Place[]> {
    const oldest = Math.max(after.openedAt, Date.now() - CONNECTION_LIFETIME);
    // As many of one millisecond as a reading holds: only a larger one gets past them.
    for (let size = count + 1; ; size *= 2) {
      const flat = await orAway(
        this.#redis.zrange(this.#keys.open, oldest, '+inf', 'BYSCORE', 'LIMIT', 0, size, 'WITHSCORES'),
      );
      const places: Place[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2)
        places.push({ id: flat[i] as string, openedAt: Number(flat[i + 1]) });
      const behind = places.filter((place) => isBehind(place, after));
      if (behind.length >= count || places.length < size) return behind.slice(0, count);
    }
  }

  async #describe({ id, openedAt }: Place): Promise<Described | undefined> {
    const list = this.#keys.subscriptionsOf(id);
    const [record, left, count, [, texts]] = await Promise.all([
      this.#redis.hgetall(this.#keys.connection(id)),
      this.#redis.pttl(this.#keys.connection(id)),
      this.#redis.scard(list),
      this.#redis.sscan(list, '0', 'COUNT', SHOWN_SUBSCRIPTIONS),
    ]);
    const { user, endpoint = '', capabilities = '', session } = record;
    // Closed while it was read.
    if (user === undefined) return undefined;
    const shown = {
      id,
      user,
      openedAt,
      seenAt: Math.max(openedAt, Math.min(Date.now(), Date.now() - CONNECTION_LIFETIME + left)),
      capabilities: capabilities.split(',').filter((capability) => capability !== ''),
      subscriptionCount: count,
      subscriptions: texts.sort().slice(0, SHOWN_SUBSCRIPTIONS),
    };
    return { shown, endpoint, session };
  }
}
