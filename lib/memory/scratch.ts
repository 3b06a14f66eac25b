import type { Identity } from '../ports/identity.ts';
import {
  type Assembled,
  CHUNKS_HELD,
  CHUNKS_HELD_AT_MOST,
  CURSOR_LIFETIME,
  MOST_CURSOR_BYTES,
  MOST_MESSAGES,
  type Scratch,
  SHARED_CURSOR_LIFETIME,
  TICKET_LIFETIME,
} from '../ports/scratch.ts';
import type { Chunk } from '../protocol/messages/wrapping.ts';
import type { MemoryStore, UnderWay } from './store.ts';

/** Bytes of a cursor beside its content, about. */
const AROUND = 256;

/** No user has a line break. */
const keyOf = (user: string, name: string): string => `${user}\n${name}`;

/** What is kept for a client between two requests, in memory. Holds all that its port guarantees, if names cannot be guessed. */
export class MemoryScratch implements Scratch {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async addChunk(connectionId: string, { id, index, total, data }: Chunk, most: number): Promise<Assembled> {
    if (total === 1) return { whole: data };
    const messages = this.#messagesOf(connectionId);
    const outcome = this.#put(messages, { id, index, total, data }, most);
    if (messages.size > 0) this.#store.underWay.set(connectionId, messages, CHUNKS_HELD);
    else this.#store.underWay.delete(connectionId);
    return outcome;
  }

  #put(
    messages: Map<string, UnderWay>,
    { id, index, total, data }: Pick<Chunk, 'id' | 'index' | 'total' | 'data'>,
    most: number,
  ): Assembled {
    const message: UnderWay = messages.get(id) ?? {
      ...{ total, pieces: new Map(), bytes: 0, until: 0 },
      began: this.#store.clock.now(),
    };
    if (message.total !== total) return 'other-total';
    // A piece that came before: sent again by a client that did not know.
    if (message.pieces.has(index)) return 'incomplete';
    const bytes = Buffer.byteLength(data);
    if (message.bytes + bytes > most) {
      messages.delete(id);
      return 'too-large';
    }
    const held = [...messages.values()].reduce((sum, each) => sum + each.bytes, 0);
    const isNew = message.pieces.size === 0;
    if (held + bytes > 2 * most || (isNew && messages.size >= MOST_MESSAGES)) return 'too-many';

    message.pieces.set(index, data);
    message.bytes += bytes;
    message.until = Math.min(this.#store.clock.now() + CHUNKS_HELD, message.began + CHUNKS_HELD_AT_MOST);
    messages.set(id, message);
    if (message.pieces.size < total) return 'incomplete';
    messages.delete(id);
    return { whole: Array.from({ length: total }, (_, i) => message.pieces.get(i)).join('') };
  }

  /** Those under way of a connection, without those whose time has passed. */
  #messagesOf(connectionId: string): Map<string, UnderWay> {
    const messages = this.#store.underWay.get(connectionId) ?? new Map<string, UnderWay>();
    const now = this.#store.clock.now();
    for (const [id, { until }] of messages) if (until < now) messages.delete(id);
    return messages;
  }

  async saveCursor(user: string, content: string): Promise<string> {
    const name = this.#store.newName('cursor');
    const { cursors, cursorsOf } = this.#store;
    cursors.set(keyOf(user, name), content, CURSOR_LIFETIME);
    const kept = [...(cursorsOf.get(user) ?? []), keyOf(user, name)].filter((key) => cursors.has(key));
    const bytesOf = (key: string): number => Buffer.byteLength(cursors.get(key) as string) + AROUND;
    let bytes = kept.reduce((sum, key) => sum + bytesOf(key), 0);
    while (kept.length > 1 && bytes > MOST_CURSOR_BYTES) {
      const oldest = kept.shift() as string;
      bytes -= bytesOf(oldest);
      cursors.delete(oldest);
    }
    cursorsOf.set(user, kept, CURSOR_LIFETIME);
    return name;
  }

  async loadCursor(user: string, name: string): Promise<string | undefined> {
    return this.#store.cursors.get(keyOf(user, name));
  }

  async loadSharedCursor(user: string, name: string): Promise<string | undefined> {
    const content = this.#store.cursors.get(keyOf(user, name));
    if (content !== undefined) this.#store.cursors.set(keyOf(user, name), content, SHARED_CURSOR_LIFETIME);
    return content;
  }

  async issueTicket(identity: Identity): Promise<string> {
    const ticket = this.#store.newName('ticket');
    this.#store.tickets.set(ticket, identity, TICKET_LIFETIME);
    return ticket;
  }

  async redeemTicket(ticket: string): Promise<Identity | undefined> {
    const identity = this.#store.tickets.get(ticket);
    this.#store.tickets.delete(ticket);
    return identity;
  }
}
