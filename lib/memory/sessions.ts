import type { Caller, Connection } from '../ports/connection.ts';
import type { Sessions } from '../ports/sessions.ts';
import { NO_CAPABILITIES } from '../protocol/capabilities.ts';
import type { Session } from '../protocol/session.ts';
import type { MemoryStore } from './store.ts';
import { NOTHING_TOLD, tell } from './telling.ts';

/** Milliseconds a revocation is remembered: no token should live longer. */
const REVOCATION_LIFETIME = 30 * 86_400_000;

/** The sessions of connections, in their records in memory. Holds all that its port guarantees. */
export class MemorySessions implements Sessions {
  readonly #store: MemoryStore;

  readonly #told: typeof NOTHING_TOLD;

  /** @param told - what is told of the service. */
  constructor(store: MemoryStore, told = NOTHING_TOLD) {
    this.#store = store;
    this.#told = told;
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
}
