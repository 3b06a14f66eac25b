import { randomInt, randomUUID } from 'node:crypto';
import type { Caller, Connection } from '../ports/connection.ts';
import { Overtaken } from '../ports/dependency.ts';
import {
  CONNECTION_LIFETIME,
  type ConnectionWithSession,
  type Directory,
  type DueConnection,
  REVOCATION_LIFETIME,
  type UnclosedSocket,
  unclosedText,
} from '../ports/directory.ts';
import type { Meter } from '../ports/meter.ts';
import { type EndReason, GRACE } from '../ports/service-events.ts';
import { capabilitiesText, NO_CAPABILITIES, parseCapabilities } from '../protocol/capabilities.ts';
import type { OpenConnectionsPage } from '../protocol/open-connections.ts';
import { parseSession, type Session, sessionText } from '../protocol/session.ts';
import { listen, unlisten } from './audience.ts';
import { orAway, type RedisClient } from './client.ts';
import { DirectoryPages } from './directory-pages.ts';
import { DirectoryRounds } from './directory-rounds.ts';
import type { Keys } from './keys.ts';
import { noteDue } from './note-due.ts';
import { NOTHING_TOLD, Telling } from './telling.ts';

/** How often a change is made that other changes of the same connection undo before it is answered. */
const MOST_TRIES = 5;

const isRevokedBy = (mark: string | null, { issued }: Session): boolean =>
  mark !== null && (issued ?? 0) <= Number(mark);

/** What stands in a record, in the order in which the steps take it. */
const recordOf = ({ user, endpoint, capabilities, session }: Caller): [string, string, string, string] => [
  user,
  endpoint,
  capabilitiesText(capabilities),
  sessionText(session),
];

/** The records of connections in Redis, and the indexes over them. */
export class RedisDirectory implements Directory {
  readonly #redis: RedisClient;
  readonly #keys: Keys;
  readonly #meter: Meter;
  readonly #telling: Telling;
  readonly #rounds: DirectoryRounds;
  readonly #pages: DirectoryPages;

  /** @param told - what is told of the service. */
  constructor(redis: RedisClient, keys: Keys, meter: Meter, told = NOTHING_TOLD) {
    this.#redis = redis;
    this.#keys = keys;
    this.#meter = meter;
    this.#telling = new Telling(redis, keys, told);
    this.#rounds = new DirectoryRounds(redis, keys);
    this.#pages = new DirectoryPages(redis, keys);
  }

  async open(caller: Caller, most = Number.MAX_SAFE_INTEGER): Promise<'taken' | 'too-many' | undefined> {
    const refusal = await this.#open(caller, most);
    const { id } = caller;
    // Only now is it taken in. Killed before, this function lets nobody in.
    for (const list of refusal === undefined ? this.#telling.listOf('connections', id) : []) {
      await this.#telling.of('connections', id, () => orAway(this.#redis.opened(this.#keys.connection(id), list)));
    }
    return refusal;
  }

  async #open(caller: Caller, most: number): Promise<'taken' | 'too-many' | undefined> {
    const { id, user, endpoint, session } = caller;
    const mine = [this.#keys.connectionsOf(user), ...this.#telling.presenceOf(user)];
    const take = () =>
      Promise.all([
        noteDue(this.#redis, this.#keys, id),
        // Who is older was cut by the gateway, whether anyone was told or not.
        this.#redis.enlist(this.#keys.open, Date.now(), CONNECTION_LIFETIME, id),
        this.#redis.open(this.#keys.connection(id), ...recordOf(caller), CONNECTION_LIFETIME),
        this.#redis.arrive(mine.length, ...mine, CONNECTION_LIFETIME, most, id, endpoint),
        this.#noteEnd(id, session),
      ]);
    const [, [added, dropped], isMine, isHeld] = await this.#telling.ofUser('users', user, 0, () => orAway(take()));
    this.#meter.count('connections_opened', {}, added);
    this.#meter.count('connections_closed', {}, dropped);
    if (isMine === 1) return isHeld === 1 ? undefined : 'too-many';
    await this.#release(user, id);
    return 'taken';
  }

  async toLookFor(user: string, pause: number, handshake: number): Promise<readonly UnclosedSocket[]> {
    const [isMine, endpoints] = await orAway(
      Promise.all([
        this.#redis.set(this.#keys.lookedFor(user), '', 'PX', pause, 'NX'),
        this.#redis.hgetall(this.#keys.connectionsOf(user)),
      ]),
    );
    const ids = Object.keys(endpoints);
    if (isMine === null || ids.length === 0) return [];
    const opened = await orAway(this.#redis.zmscore(this.#keys.open, ...ids));
    const latest = Date.now() - handshake;
    return ids.flatMap((id, i) =>
      Number(opened[i] ?? Number.POSITIVE_INFINITY) <= latest ? [{ id, endpoint: endpoints[id] as string }] : [],
    );
  }

  async countOf(user: string): Promise<number> {
    return orAway(this.#redis.hlen(this.#keys.connectionsOf(user)));
  }

  /** Takes a connection from those of its user. */
  #release(user: string, id: string): Promise<unknown> {
    const mine = this.#keys.connectionsOf(user);
    const [state] = this.#telling.presenceOf(user);
    if (state === undefined) return orAway(this.#redis.hdel(mine, id));
    return this.#telling.ofUser('users', user, GRACE, () => orAway(this.#redis.depart(mine, state, id)));
  }

  // Never later than it was: whoever looks then sees in the record whether the session has ended. So it does not matter
  // in which order this comes and the session itself.
  async #noteEnd(id: string, { expires }: Session): Promise<void> {
    if (expires === null) return;
    const ends = this.#keys.sessionEnds;
    await Promise.all([this.#redis.zadd(ends, 'LT', expires, id), this.#redis.pexpire(ends, CONNECTION_LIFETIME)]);
  }

  renew(
    caller: Caller,
    session: Session,
    allows: (text: string) => boolean,
  ): Promise<readonly string[] | 'other-session'> {
    return this.#telling.of('subscriptions', caller.id, () => this.#renew(caller, session, allows));
  }

  async #renew(
    caller: Caller,
    session: Session,
    allows: (text: string) => boolean,
  ): Promise<readonly string[] | 'other-session'> {
    const { id } = caller;
    const told = this.#telling.listOf('subscriptions', id);
    const own = [this.#keys.connection(id), this.#keys.subscriptionsOf(id), this.#keys.leaving(id)] as const;
    const [record, subscriptions, leaving] = own;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      // What is subscribed to later is told by a version that is later than this one. Also what an earlier call ended that did
      // not come to its end.
      const [seen, ...held] = await orAway(this.#redis.held(...own));
      const ended = [...new Set(held)].filter((text) => text !== '' && !allows(text));
      const [[outcome, version, isNew]] = await orAway(
        Promise.all([
          this.#redis.renew(
            own.length + told.length,
            ...own,
            ...told,
            randomUUID(),
            ...recordOf(caller),
            sessionText(session),
            CONNECTION_LIFETIME,
            seen,
            ...ended,
          ),
          this.#noteEnd(id, session),
        ]),
      );
      if (outcome === 'other-session') return 'other-session';
      if (version === undefined) continue;
      if (isNew === 1) await orAway(noteDue(this.#redis, this.#keys, id));
      if (ended.length === 0) return ended;
      await unlisten(this.#redis, this.#keys, this.#telling, id, version, ended);
      const [, now] = await orAway(
        Promise.all([
          this.#redis.settle(leaving, subscriptions, this.#keys.entering(id), version, ...ended),
          this.#redis.hget(record, 'session'),
        ]),
      );
      return now === sessionText(session) ? ended : 'other-session';
    }
    throw new Overtaken();
  }

  async redeclare(caller: Caller): Promise<void> {
    const { id } = caller;
    const record = this.#keys.connection(id);
    const declared = capabilitiesText(caller.capabilities);
    // Each turn has another request behind it that was answered meanwhile, so there is an end of them.
    for (;;) {
      const [version, ...texts] = await orAway(
        this.#redis.declare(record, this.#keys.subscriptionsOf(id), ...recordOf(caller), CONNECTION_LIFETIME),
      );
      await Promise.all([
        orAway(noteDue(this.#redis, this.#keys, id)),
        listen(this.#redis, this.#keys, this.#telling, caller, version, texts, CONNECTION_LIFETIME),
      ]);
      if ((await orAway(this.#redis.declared(record, declared, version))) === 0) return;
    }
  }

  // The time that is left of the record says when the connection was last seen; to write that is cheap, and unlike a
  // field it does not bring back a record that was removed.
  async seen(id: string): Promise<void> {
    const keys = [this.#keys.connection(id), this.#keys.subscriptionsOf(id)];
    await orAway(Promise.all(keys.map((key) => this.#redis.pexpire(key, CONNECTION_LIFETIME))));
  }

  async leave({ id, endpoint }: UnclosedSocket, reason?: EndReason): Promise<void> {
    const { unclosed } = this.#keys;
    const [added] = await orAway(
      Promise.all([
        this.#redis.zadd(unclosed, 'NX', Date.now(), unclosedText({ id, endpoint })),
        this.#redis.pexpire(unclosed, CONNECTION_LIFETIME),
      ]),
    );
    this.#meter.count('connections_unclosed', {}, added);
    await this.close(id, reason);
  }

  async because(id: string, reason: EndReason): Promise<void> {
    if (this.#telling.tells('connections')) await orAway(this.#redis.because(this.#keys.connection(id), reason));
  }

  close(id: string, reason: EndReason = 'gone'): Promise<void> {
    return this.#telling.of('connections', id, () => this.#close(id, reason));
  }

  async #close(id: string, reason: EndReason): Promise<void> {
    const own = [this.#keys.connection(id), this.#keys.subscriptionsOf(id), this.#keys.leaving(id)] as const;
    const [record, subscriptions, leaving] = own;
    const told = this.#telling.listOf('connections', id);
    const [[version, user, ...texts], openedAt] = await orAway(
      Promise.all([
        this.#redis.leave(
          5 + told.length,
          ...own,
          ...[this.#keys.ending(id), this.#keys.entering(id)],
          ...told,
          CONNECTION_LIFETIME,
          ...(told.length === 0 ? [] : [reason]),
        ),
        this.#redis.zscore(this.#keys.open, id),
      ]),
    );
    await unlisten(this.#redis, this.#keys, this.#telling, id, version, texts);
    const [isMine] = await orAway(
      Promise.all([
        this.#redis.delist(this.#keys.open, id, randomInt(1, 2 ** 47)),
        user !== '' && this.#release(user, id),
        this.#redis.zrem(this.#keys.sessionEnds, id),
      ]),
    );
    // What it is leaving goes last: until then, whoever repeats this still finds what is left to remove.
    await orAway(
      Promise.all([
        this.#redis.settle(leaving, subscriptions, this.#keys.entering(id), version, ...texts, ''),
        this.#redis.zrem(this.#keys.open, id),
        this.#redis.zrem(this.#keys.due, id),
      ]),
    );
    // A request that was under way may have brought it back, and noted that before the note was removed.
    if (await orAway(this.#redis.exists(record))) await orAway(noteDue(this.#redis, this.#keys, id));
    if (isMine === 0 || openedAt === null) return;
    this.#meter.count('connections_closed', {});
    this.#meter.observe('connections_duration', {}, Math.max(0, Date.now() - Number(openedAt)));
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

  ended(now: number, most: number): Promise<readonly Connection[]> {
    return this.#rounds.ended(now, most);
  }

  due(now: number, most: number): Promise<readonly DueConnection[]> {
    return this.#rounds.due(now, most);
  }

  postpone(id: string, until: number): Promise<void> {
    return this.#rounds.postpone(id, until);
  }

  unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    return this.#rounds.unclosed(most);
  }

  forgetUnclosed(socket: UnclosedSocket): Promise<void> {
    return this.#rounds.forgetUnclosed(socket);
  }

  count(): Promise<number> {
    return this.#pages.count();
  }

  page(most: number, cursor: string | undefined): Promise<OpenConnectionsPage | undefined> {
    return this.#pages.page(most, cursor);
  }

  ofUser(user: string, most: number): Promise<readonly ConnectionWithSession[]> {
    return this.#pages.ofUser(user, most);
  }
}
