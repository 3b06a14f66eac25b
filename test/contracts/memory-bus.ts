import { MemoryBroker } from '../../lib/memory/broker.ts';
import { MemoryBus } from '../../lib/memory/bus.ts';
import type { Batch, MemoryQueue } from '../../lib/memory/queue.ts';
import type { BusKind } from './bus.contract.ts';

const held = <T>(batch: Batch<T> | undefined) => {
  if (batch === undefined) throw new Error('there is nothing to take');
  return { messages: batch.messages, done: async () => batch.done(), back: async () => batch.back() };
};

/** The bus in memory. */
export const memoryBus: BusKind = {
  name: 'memory',
  slack: 0,
  open: async ({ shards, capacity = Number.POSITIVE_INFINITY }) => {
    const broker = new MemoryBroker({ shards, capacity });
    const bus = new MemoryBus(broker);
    const shard = (number: number) => broker.shards[number] as MemoryQueue<object>;
    return {
      bus,
      parking: bus,
      take: async (number, most) => held(broker.shards[number]?.take(most)),
      greetings: async (most) => held(broker.connections.take(most)),
      depth: async (number) => shard(number).depth,
      parked: async () => {
        const batch = broker.parked.take(Number.POSITIVE_INFINITY);
        batch?.back();
        return batch?.messages.map(({ redelivered: _, ...poison }) => poison) ?? [];
      },
    };
  },
};
