import type { Channel, ChannelModel } from 'amqplib';
import { DependencyAway } from '../ports/dependency.ts';
import type { QueueState } from '../protocol/http/service-status.ts';
import type { Address } from './address.ts';
import { connectTo } from './connect.ts';
import { withTimeout } from './with-timeout.ts';

interface Opened {
  readonly model: ChannelModel;
  readonly channel: Channel;
}

/** Looks at queues over one connection, which is opened at need and replaced when anything goes wrong with it. */
export class QueueObserver {
  readonly #address: Address;
  #opening: Promise<Opened> | undefined;

  constructor(address: Address) {
    this.#address = address;
  }

  /**
   * @param timeout - milliseconds for all of it.
   * @returns the state of each queue, in the given order.
   * @throws DependencyAway where the broker does not answer in time, or has no such queue.
   */
  async look(queues: readonly string[], timeout: number): Promise<readonly QueueState[]> {
    this.#opening ??= this.#open(timeout);
    const opening = this.#opening;
    try {
      return await withTimeout(timeout, 'looking at the queues', this.#states(opening, queues));
    } catch (cause) {
      // A queue that is missing closes the channel it was asked on; a broker that hangs may never answer on this one.
      this.#discard(opening);
      throw new DependencyAway('rabbitmq', cause);
    }
  }

  /** Closes the connection; a later look opens another. */
  async end(): Promise<void> {
    const opening = this.#opening;
    if (opening === undefined) return;
    this.#forget(opening);
    await close(opening);
  }

  async #states(opening: Promise<Opened>, queues: readonly string[]): Promise<readonly QueueState[]> {
    const { channel } = await opening;
    const states: QueueState[] = [];
    for (const queue of queues) {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      states.push({ queue, depth: messageCount, consumers: consumerCount });
    }
    return states;
  }

  #open(timeout: number): Promise<Opened> {
    const opening = (async () => {
      const model = await connectTo(this.#address, { timeout });
      // Without a listener an error of the connection would end the process; what failed is told where it was asked for.
      model.on('error', () => undefined);
      model.on('close', () => this.#forget(opening));
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      channel.on('close', () => this.#forget(opening));
      return { model, channel };
    })();
    return opening;
  }

  #forget(opening: Promise<Opened>): void {
    if (this.#opening === opening) this.#opening = undefined;
  }

  #discard(opening: Promise<Opened>): void {
    this.#forget(opening);
    void close(opening);
  }
}

const close = async (opening: Promise<Opened>): Promise<void> => {
  try {
    await (await opening).model.close();
  } catch {
    // It never opened, or is lost already.
  }
};
