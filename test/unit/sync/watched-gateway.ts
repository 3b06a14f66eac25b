import { type Inbox, MemoryGateway } from '../../../lib/memory/gateway.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import type { Connection } from '../../../lib/ports/connection.ts';
import type { Gateway, Patience, Posted } from '../../../lib/ports/gateway.ts';

/** A gateway that holds every connection it is asked for, shows what they heard, and fails as it is told to. */
export class WatchedGateway implements Gateway {
  readonly #inner = new MemoryGateway(new ManualClock());
  readonly #inboxes = new Map<string, Inbox>();
  readonly heard = new Map<string, Record<string, unknown>[]>();
  readonly closed: string[] = [];
  /** What a post to a connection comes to, where it is not simply taken; may throw. */
  outcome: (connection: Connection, frame: Record<string, unknown>) => Posted | Promise<Posted> = () => 'taken';
  /** Told of each close before it happens; may throw. */
  closing: (id: string) => void = () => undefined;
  /** What a look for a connection comes to; may throw. */
  found: (id: string) => 'open' | 'gone' | 'unknown' = () => 'open';

  async post(connection: Connection, frame: Uint8Array, patience: Patience): Promise<Posted> {
    const message = JSON.parse(new TextDecoder().decode(frame)) as Record<string, unknown>;
    const told = await this.outcome(connection, message);
    if (told !== 'taken') return told;
    const { id } = connection;
    const inbox = this.#inboxes.get(id);
    if (inbox?.isOpen !== true) this.#inboxes.set(id, this.#inner.connect(id));
    const posted = await this.#inner.post(connection, frame, patience);
    const read = this.#inboxes.get(id)?.frames.shift();
    const heard = this.heard.get(id);
    if (read !== undefined && heard === undefined) this.heard.set(id, [message]);
    else if (read !== undefined) heard?.push(message);
    return posted;
  }

  async find({ id }: Pick<Connection, 'id'>): Promise<'open' | 'gone' | 'unknown'> {
    return this.found(id);
  }

  async close(connection: Pick<Connection, 'id'>): Promise<void> {
    this.closing(connection.id);
    await this.#inner.close(connection);
    this.closed.push(connection.id);
  }
}
