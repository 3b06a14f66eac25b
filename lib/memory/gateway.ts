import type { Clock } from '../ports/clock.ts';
import type { Connection } from '../ports/connection.ts';
import type { Gateway, Patience, Posted } from '../ports/gateway.ts';

/** Milliseconds between two looks for room in an inbox. */
const BACKOFF = 50;

/** The client’s side of a connection. */
export interface Inbox {
  /** Frames that were posted and not yet read, oldest first. Whoever reads one takes it out. */
  readonly frames: Uint8Array[];
  /** Whether the gateway still holds the connection. */
  readonly isOpen: boolean;
}

/** Frames to clients in memory. Holds all that its port guarantees; a client that does not read has a full inbox. */
export class MemoryGateway implements Gateway {
  readonly #clock: Clock;
  readonly #room: number;
  readonly #inboxes = new Map<string, { readonly frames: Uint8Array[]; isOpen: boolean }>();

  /** @param room - frames that wait for one client at most. */
  constructor(clock: Clock, room = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#room = room;
  }

  /** A client connects. */
  connect(id: string): Inbox {
    const inbox = { frames: [], isOpen: true };
    this.#inboxes.set(id, inbox);
    return inbox;
  }

  /** A client goes away, in order or not. */
  disconnect(id: string): void {
    const inbox = this.#inboxes.get(id);
    if (inbox !== undefined) inbox.isOpen = false;
    this.#inboxes.delete(id);
  }

  async post({ id }: Connection, frame: Uint8Array, patience: Patience): Promise<Posted> {
    for (;;) {
      const inbox = this.#inboxes.get(id);
      if (inbox === undefined) return 'gone';
      if (inbox.frames.length < this.#room) {
        inbox.frames.push(frame);
        return 'taken';
      }
      if (patience.left < BACKOFF || this.#clock.elapsed() + BACKOFF > patience.until) return 'stuck';
      patience.left -= BACKOFF;
      await this.#clock.sleep(BACKOFF);
    }
  }

  async find({ id }: Pick<Connection, 'id'>): Promise<'open' | 'gone' | 'unknown'> {
    return this.#inboxes.has(id) ? 'open' : 'gone';
  }

  async close({ id }: Pick<Connection, 'id'>): Promise<void> {
    this.disconnect(id);
  }
}
