import { MemoryBroker } from '../../../lib/memory/broker.ts';
import { MemoryBus } from '../../../lib/memory/bus.ts';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { Bus } from '../../../lib/ports/bus.ts';
import type { Greeted } from '../../../lib/ports/connection.ts';
import type { Poison } from '../../../lib/ports/incoming.ts';

/** A bus that shows what it took, and fails while it is told to. */
export class WatchedBus implements Bus {
  readonly #inner = new MemoryBus(new MemoryBroker({ shards: 1, capacity: Number.POSITIVE_INFINITY }));
  readonly published: Broadcast[] = [];
  readonly welcomed: Greeted[] = [];
  readonly parked: Poison[] = [];
  failure: Error | undefined;
  /** What it says of its room. */
  hasRoom = false;

  async publish(broadcast: Broadcast): Promise<void> {
    if (this.failure) throw this.failure;
    await this.#inner.publish(broadcast);
    this.published.push(broadcast);
  }

  async hasAmpleRoom(): Promise<boolean> {
    return this.hasRoom;
  }

  async welcome(connection: Greeted): Promise<void> {
    await this.#inner.welcome(connection);
    this.welcomed.push(connection);
  }

  async park(poison: Poison): Promise<void> {
    if (this.failure) throw this.failure;
    await this.#inner.park(poison);
    this.parked.push(poison);
  }
}
