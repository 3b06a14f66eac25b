import type { Caller } from '../ports/connection.ts';
import type { Connections } from '../ports/connections.ts';
import type { UnclosedSocket } from '../ports/leftovers.ts';
import type { Meter } from '../ports/meter.ts';
import type { EndReason } from '../ports/service-events.ts';
import { type Session, sessionText } from '../protocol/session.ts';
import { Audience } from './audience.ts';
import { CONNECTION_LIFETIME, type MemoryStore } from './store.ts';
import { abandon, channelsOf, NOTHING_TOLD, occupy, publicOf, tell } from './telling.ts';

/** Milliseconds without a sign of life after which it is looked whether a connection is still there. */
const QUIET = 600_000;

/** Notes that a connection is to be looked for, unless that is noted already. */
export const noteDue = ({ due, clock }: MemoryStore, id: string): void => {
  if (due.score(id) === undefined) due.set(id, clock.now() + QUIET);
};

/** Takes a connection out of the audiences of some texts. */
export const unlisten = (store: MemoryStore, told: typeof NOTHING_TOLD, id: string, texts: Iterable<string>): void => {
  const { audiences } = store;
  for (const text of texts) {
    const audience = audiences.get(text);
    audience?.delete(id);
    if (audience?.size !== 0) continue;
    audiences.delete(text);
    if (told.has('channels')) for (const channel of channelsOf([text])) abandon(store, { channel });
  }
};

/** Connection records in memory. Holds all that its port guarantees; durable for as long as the store is held. */
export class MemoryConnections implements Connections {
  readonly #store: MemoryStore;
  readonly #meter: Meter;

  readonly #told: typeof NOTHING_TOLD;

  /** @param told - what is told of the service. */
  constructor(store: MemoryStore, meter: Meter, told = NOTHING_TOLD) {
    this.#store = store;
    this.#meter = meter;
    this.#told = told;
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

  async count(user: string): Promise<number> {
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
    const socket = `${id} ${endpoint}`;
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
}
