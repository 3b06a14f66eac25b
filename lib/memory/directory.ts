import type { Caller, Connection } from '../ports/connection.ts';
import {
  CONNECTION_LIFETIME,
  type ConnectionWithSession,
  type Directory,
  type DueConnection,
  REVOCATION_LIFETIME,
  type UnclosedSocket,
  unclosedOf,
  unclosedText,
} from '../ports/directory.ts';
import type { Meter } from '../ports/meter.ts';
import type { EndReason } from '../ports/service-events.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import type { OpenConnectionsPage } from '../protocol/open-connections.ts';
import { type Session, sessionText } from '../protocol/session.ts';
import { Audience } from './audience.ts';
import { DirectoryPages } from './directory-pages.ts';
import { noteDue } from './note-due.ts';
import type { MemoryStore } from './store.ts';
import { abandon, NOTHING_TOLD, occupy, publicOf, tell } from './telling.ts';
import { unlisten } from './unlisten.ts';

/** The records of connections in memory. Holds all that its port guarantees; durable for as long as the store is held. */
export class MemoryDirectory implements Directory {
  readonly #store: MemoryStore;
  readonly #meter: Meter;
  readonly #told: typeof NOTHING_TOLD;
  readonly #pages: DirectoryPages;

  /** @param told - what is told of the service. */
  constructor(store: MemoryStore, meter: Meter, told = NOTHING_TOLD) {
    this.#store = store;
    this.#meter = meter;
    this.#told = told;
    this.#pages = new DirectoryPages(store);
  }

  async open(
    { id, user, endpoint, capabilities, session }: Caller,
    most = Number.MAX_SAFE_INTEGER,
  ): Promise<'taken' | 'too-many' | undefined> {
    const { clock, open, records, connectionsOf } = this.#store;
    const known = records.get(id);
    if (known !== undefined && known.user !== user) return 'taken';
    noteDue(this.#store, id);
    const now = clock.now();
    const isNew = open.score(id) === undefined;
    if (isNew) open.set(id, now);
    // Who is older was cut by the gateway, whether anyone was told or not.
    const dropped = open.deleteUpTo(now - CONNECTION_LIFETIME);
    records.set(id, { ...known, user, endpoint, capabilities, session }, CONNECTION_LIFETIME);
    const held = connectionsOf.get(user);
    const isHeld = held?.has(id) === true || (held?.size ?? 0) < most;
    if (isHeld) connectionsOf.renewed(user, CONNECTION_LIFETIME, () => new Map()).set(id, endpoint);
    this.#noteEnd(id, session);
    this.#meter.count('connections_opened', {}, isNew ? 1 : 0);
    this.#meter.count('connections_closed', {}, dropped);
    if (isHeld && known?.isTold !== true && this.#told.has('connections')) {
      records.set(id, { user, endpoint, capabilities, session, isTold: true }, CONNECTION_LIFETIME);
      tell(this.#store, 'connections', 'opened', { connection: id }, { user });
    }
    if (isHeld && this.#told.has('users')) occupy(this.#store, 'users', { user });
    return isHeld ? undefined : 'too-many';
  }

  async toLookFor(user: string, pause: number, handshake: number): Promise<readonly UnclosedSocket[]> {
    const { clock, connectionsOf, lookedFor, open } = this.#store;
    if (lookedFor.get(user) !== undefined) return [];
    lookedFor.set(user, true, pause);
    const latest = clock.now() - handshake;
    const mine = [...(connectionsOf.get(user) ?? [])].map(([id, endpoint]) => ({ id, endpoint }));
    return mine.filter(({ id }) => (open.score(id) ?? Number.POSITIVE_INFINITY) <= latest);
  }

  async countOf(user: string): Promise<number> {
    return this.#store.connectionsOf.get(user)?.size ?? 0;
  }

  // Never later than it was: whoever looks then sees in the record whether the session has ended.
  #noteEnd(id: string, { expires }: Session): void {
    const { sessionEnds } = this.#store;
    if (expires !== null) sessionEnds.set(id, Math.min(expires, sessionEnds.score(id) ?? expires));
  }

  async renew(
    caller: Caller,
    session: Session,
    allows: (text: string) => boolean,
  ): Promise<readonly string[] | 'other-session'> {
    const { id } = caller;
    const { records, subscriptions } = this.#store;
    this.#noteEnd(id, session);
    const { user, endpoint, capabilities, session: known } = records.get(id) ?? caller;
    if (user !== caller.user || sessionText(known) !== sessionText(caller.session)) return 'other-session';
    noteDue(this.#store, id);
    records.set(id, { ...records.get(id), user, endpoint, capabilities, session }, CONNECTION_LIFETIME);
    subscriptions.renew(id, CONNECTION_LIFETIME);
    const held = subscriptions.get(id) ?? new Set();
    const ended = [...held].filter((text) => !allows(text));
    unlisten(this.#store, this.#told, id, ended);
    for (const text of ended) held.delete(text);
    if (held.size === 0) subscriptions.delete(id);
    const texts = publicOf(ended);
    if (texts.length > 0 && this.#told.has('subscriptions')) {
      tell(this.#store, 'subscriptions', 'unsubscribed', { connection: id }, { user, texts });
    }
    return ended;
  }

  async redeclare(caller: Caller): Promise<void> {
    const { id, capabilities } = caller;
    const { records, audiences, subscriptions } = this.#store;
    const { user, endpoint, session } = records.get(id) ?? caller;
    noteDue(this.#store, id);
    records.set(id, { ...records.get(id), user, endpoint, capabilities, session }, CONNECTION_LIFETIME);
    subscriptions.renew(id, CONNECTION_LIFETIME);
    for (const text of subscriptions.get(id) ?? [])
      audiences.renewed(text, CONNECTION_LIFETIME, () => new Audience()).put(caller);
  }

  async seen(id: string): Promise<void> {
    this.#store.records.renew(id, CONNECTION_LIFETIME);
    this.#store.subscriptions.renew(id, CONNECTION_LIFETIME);
  }

  async leave({ id, endpoint }: UnclosedSocket, reason?: EndReason): Promise<void> {
    const { unclosed, clock } = this.#store;
    const socket = unclosedText({ id, endpoint });
    if (unclosed.score(socket) === undefined) {
      unclosed.set(socket, clock.now());
      this.#meter.count('connections_unclosed', {});
    }
    await this.close(id, reason);
  }

  async because(id: string, reason: EndReason): Promise<void> {
    const record = this.#store.records.get(id);
    if (record === undefined || !this.#told.has('connections')) return;
    this.#store.records.set(id, { reason, ...record }, this.#store.records.left(id) ?? CONNECTION_LIFETIME);
  }

  async close(id: string, reason: EndReason = 'gone'): Promise<void> {
    const { clock, open, records, subscriptions, connectionsOf, sessionEnds, due } = this.#store;
    unlisten(this.#store, this.#told, id, subscriptions.get(id) ?? []);
    subscriptions.delete(id);
    const { user, isTold, reason: said = reason } = records.get(id) ?? {};
    records.delete(id);
    if (isTold === true && this.#told.has('connections')) {
      tell(this.#store, 'connections', 'closed', { connection: id }, { user, reason: said });
    }
    if (user !== undefined) {
      const mine = connectionsOf.get(user);
      mine?.delete(id);
      if (mine?.size === 0) {
        connectionsOf.delete(user);
        if (this.#told.has('users')) abandon(this.#store, { user });
      }
    }
    const openedAt = open.score(id);
    open.delete(id);
    sessionEnds.delete(id);
    due.delete(id);
    if (openedAt === undefined) return;
    this.#meter.count('connections_closed', {});
    this.#meter.observe('connections_duration', {}, Math.max(0, clock.now() - openedAt));
  }

  async find(caller: Caller): Promise<Caller | undefined> {
    const record = this.#store.records.get(caller.id);
    const { capabilities, session } = record ?? caller;
    return (await this.isRevoked(caller.user, session)) ? undefined : { ...caller, capabilities, session };
  }

  async revoke(user: string, now: number): Promise<readonly Connection[]> {
    const { revoked, connectionsOf } = this.#store;
    const known = revoked.get(user) ?? 0;
    if (this.#told.has('sessions') && known < now) tell(this.#store, 'sessions', 'revoked', { user }, {});
    // A later time stays: whoever revokes with a clock that is behind takes nothing back.
    revoked.set(user, Math.max(now, known), REVOCATION_LIFETIME);
    const endpoints = connectionsOf.get(user) ?? [];
    return [...endpoints].map(([id, endpoint]) => ({ id, user, endpoint, capabilities: NO_CAPABILITIES }));
  }

  async isRevoked(user: string, { issued }: Session): Promise<boolean> {
    const mark = this.#store.revoked.get(user);
    return mark !== undefined && (issued ?? 0) <= mark;
  }

  async ended(now: number, most: number): Promise<readonly Connection[]> {
    const { sessionEnds, records } = this.#store;
    const ended = sessionEnds.between(Number.NEGATIVE_INFINITY, now).slice(0, most);
    return ended.flatMap(({ member: id }) => {
      const record = records.get(id);
      const expires = record?.session.expires ?? null;
      if (record !== undefined && expires !== null && expires <= now)
        return [{ id, user: record.user, endpoint: record.endpoint, capabilities: NO_CAPABILITIES }];
      // The index says when to look; the record, whether it has ended.
      if (expires === null) sessionEnds.delete(id);
      else sessionEnds.set(id, expires);
      return [];
    });
  }

  async due(now: number, most: number): Promise<readonly DueConnection[]> {
    const { due, records } = this.#store;
    const ranked = due.between(Number.NEGATIVE_INFINITY, now).slice(0, most);
    return ranked.map(({ member: id }) => {
      const left = records.left(id);
      const quiet = left === undefined ? Number.POSITIVE_INFINITY : Math.max(CONNECTION_LIFETIME - left, 0);
      return { id, endpoint: records.get(id)?.endpoint, quiet };
    });
  }

  async postpone(id: string, until: number): Promise<void> {
    const { due } = this.#store;
    if (due.score(id) !== undefined) due.set(id, until);
  }

  async unclosed(most: number): Promise<readonly UnclosedSocket[]> {
    const { unclosed, clock } = this.#store;
    // The gateway cut those that are older.
    unclosed.deleteUpTo(clock.now() - CONNECTION_LIFETIME);
    return unclosed
      .between(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
      .slice(0, most)
      .map(({ member }) => unclosedOf(member));
  }

  async forgetUnclosed(socket: UnclosedSocket): Promise<void> {
    this.#store.unclosed.delete(unclosedText(socket));
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
