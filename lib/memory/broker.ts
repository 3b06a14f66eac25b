import type { Broadcast } from '../ports/broadcast.ts';
import type { Greeted } from '../ports/connection.ts';
import type { Arrived, Poison } from '../ports/incoming.ts';
import { MemoryQueue } from './queue.ts';

/** A message of a shard queue: a broadcast, or what a foreign publisher sent and can never become one. */
export type ShardMessage = { readonly broadcast: Broadcast; readonly arrived: Arrived } | { readonly poison: Poison };

export interface BrokerSettings {
  /** How many queues share the channels. */
  readonly shards: number;
  /** Messages each queue holds at most. */
  readonly capacity: number;
}

/** FNV-1a, of UTF-16 code units. Source: Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm". */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
};

/** The queues of one service: the place of RabbitMQ, as a cluster of one. */
export class MemoryBroker {
  readonly shards: readonly MemoryQueue<ShardMessage>[];
  /** Requests for a `connection` message. */
  readonly connections: MemoryQueue<Greeted>;
  /** Messages that can never be processed. */
  readonly parked = new MemoryQueue<Poison>(Number.POSITIVE_INFINITY);

  constructor({ shards, capacity }: BrokerSettings) {
    this.shards = Array.from({ length: shards }, () => new MemoryQueue<ShardMessage>(capacity));
    this.connections = new MemoryQueue<Greeted>(capacity);
  }

  /** Which of the shards a channel’s events go to: always the same. */
  shardOf(channel: string): number {
    return hashOf(channel) % this.shards.length;
  }
}
