import type { Identity, Tickets } from '../ports/identity.ts';
import type { MemoryStore } from './store.ts';

/** Milliseconds a ticket is good. */
const TICKET_LIFETIME = 30_000;

/** Tickets in memory. Holds all that its port guarantees, where names cannot be guessed. */
export class MemoryTickets implements Tickets {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async issue(identity: Identity): Promise<string> {
    const ticket = this.#store.newName('ticket');
    this.#store.tickets.set(ticket, identity, TICKET_LIFETIME);
    return ticket;
  }

  async redeem(ticket: string): Promise<Identity | undefined> {
    const identity = this.#store.tickets.get(ticket);
    this.#store.tickets.delete(ticket);
    return identity;
  }
}
