import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Greeted } from '../ports/connection.ts';
import type { Poison } from '../ports/incoming.ts';
import type { MemoryBroker } from './broker.ts';

const UTF8 = new TextEncoder();

/** The bus in memory. Holds all that its port guarantees; what is taken is in its queue when the call resolves. */
export class MemoryBus implements Bus {
  readonly #broker: MemoryBroker;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  async publish(broadcast: Broadcast): Promise<void> {
    const { id, channel, category, priority, data, userId, targetUsers, traceparent } = broadcast;
    const headers = {
      ...{ channel: channel.text, category, priority },
      ...(userId === undefined ? {} : { userId }),
      ...(targetUsers === undefined ? {} : { targetUsers }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    const shard = this.#broker.shardOf(channel.text);
    const arrived = { body: UTF8.encode(data), headers, messageId: id, queue: `events.${shard}` };
    this.#broker.shards[shard]?.put({ broadcast, arrived });
  }

  /** Never known: nothing is gained by it here, where a publish is over as soon as it is called. */
  async hasAmpleRoom(): Promise<boolean> {
    return false;
  }

  async welcome(connection: Greeted): Promise<void> {
    this.#broker.connections.put(connection);
  }

  async park(message: Poison): Promise<void> {
    this.#broker.parked.put(message);
  }
}
