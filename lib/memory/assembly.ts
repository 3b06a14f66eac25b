import type { Assembled, Assembly } from '../ports/assembly.ts';
import type { Chunk } from '../protocol/messages/wrapping.ts';
import type { MemoryStore, UnderWay } from './store.ts';

/** Milliseconds an unfinished message is held from its latest piece on. */
const HELD = 60_000;

/** Milliseconds an unfinished message is held from its first piece on, however many come. */
const HELD_AT_MOST = 600_000;

/** Messages one connection may have under way. */
const MOST_MESSAGES = 8;

/** Messages in pieces, in memory. Holds all that its port guarantees. */
export class MemoryAssembly implements Assembly {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async add(connectionId: string, { id, index, total, data }: Chunk, most: number): Promise<Assembled> {
    if (total === 1) return { whole: data };
    const messages = this.#messagesOf(connectionId);
    const outcome = this.#put(messages, { id, index, total, data }, most);
    if (messages.size > 0) this.#store.underWay.set(connectionId, messages, HELD);
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
    message.until = Math.min(this.#store.clock.now() + HELD, message.began + HELD_AT_MOST);
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
}
