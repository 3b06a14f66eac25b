import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, GetMessage } from 'amqplib';
import { connectTo } from './connect.ts';
import { writableTable } from './headers.ts';
import { Publisher } from './publisher.ts';

/** Milliseconds to open a connection. */
const TIMEOUT = 5_000;

/** Milliseconds the broker is given to put back what was only looked at, which it does in its own time. */
const SETTLING = 5_000;
const POLL = 20;

/** Headers the broker and the parking add; what is put back is what its publisher wrote. */
const ADDED = /^x-(parked-.*|death|first-death-.*|last-death-.*|delivery-count)$/;

/** A message cannot be put back: it does not say from which queue it came. */
export class UnknownOrigin extends Error {
  override readonly name = 'UnknownOrigin';

  constructor(id: string) {
    super(`Where ${id} came from is not known`);
  }
}

/** A message that was put aside. */
export interface ParkedMessage {
  /** Names it among the parked ones, for as long as it is there. */
  readonly id: string;
  /** Why it could not be processed. */
  readonly reason: string;
  /** The queue it came from, where that is known. */
  readonly queue: string | undefined;
  /** ISO 8601, where that is known. */
  readonly at: string | undefined;
  readonly messageId: string | undefined;
  /** As its publisher wrote them. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** How much of the queue is looked through. */
export interface Extent {
  /** Messages to be taken at the most. */
  readonly most?: number;
  /** Messages to be looked at, the oldest first. */
  readonly among?: number;
}

/** By now all numbers up to it may have been appended, and then it would be taken for a repetition. */
const without = (headers: ParkedMessage['headers'], left: string): ParkedMessage['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== left));

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const parkedOf = ({ content, properties }: GetMessage): ParkedMessage => {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const [death] = Array.isArray(headers['x-death']) ? (headers['x-death'] as Record<string, unknown>[]) : [];
  const reason = text(headers['x-parked-reason']) ?? (death && `dead-lettered by the broker: ${death['reason']}`);
  return {
    // Every look at a message counts as a delivery, which must not give it another name.
    id: createHash('sha256')
      .update(JSON.stringify({ ...headers, 'x-delivery-count': 0 }))
      .update(content)
      .digest('hex')
      .slice(0, 12),
    reason: reason ?? 'not known',
    queue: text(headers['x-parked-queue']) ?? text(death?.['queue']),
    at: text(headers['x-parked-at']),
    messageId: text(properties.messageId),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ADDED.test(name))),
    body: content,
  };
};

/** The queue of messages that were put aside, for people who look after it. */
export class ParkedQueue {
  readonly #model: ChannelModel;
  readonly #publisher: Publisher;
  readonly #queue: string;

  private constructor(model: ChannelModel, publisher: Publisher, queue: string) {
    this.#model = model;
    this.#publisher = publisher;
    this.#queue = queue;
  }

  /** @throws where the broker does not answer. */
  static async open(url: string, queue: string): Promise<ParkedQueue> {
    const model = await connectTo(url, { timeout: TIMEOUT });
    // Without a listener an error of the connection would end the process; the step under way fails by itself.
    model.on('error', () => undefined);
    return new ParkedQueue(model, new Publisher(url, () => undefined), queue);
  }

  /** The oldest parked messages, which stay where they are. */
  async list(most: number): Promise<readonly ParkedMessage[]> {
    const found: ParkedMessage[] = [];
    await this.#walk(most, async (message) => {
      found.push(parkedOf(message));
      return 'keep';
    });
    return found;
  }

  /**
   * Puts messages back at the end of the queue they came from, and takes each away here once it is safe there. Killed in
   * between, it leaves one in both places.
   *
   * @param chosen - of a message: whether it is meant.
   * @param extent - all of them, if nothing is said.
   * @returns those that were put back.
   * @throws UnknownOrigin for one whose queue is not known, DependencyAway for one whose queue is not there any more; it
   *   stays, those before it were put back.
   */
  async requeue(chosen: (message: ParkedMessage) => boolean, extent?: Extent): Promise<readonly ParkedMessage[]> {
    return this.#take(chosen, extent, async ({ id, queue, headers, messageId, body }) => {
      if (queue === undefined) throw new UnknownOrigin(id);
      const options = {
        headers: writableTable(without(headers, 'sequence')),
        contentType: 'application/json',
        ...(messageId === undefined ? {} : { messageId }),
      };
      await this.#publisher.publish('', queue, body, options);
    });
  }

  /**
   * Takes messages away for good.
   *
   * @param extent - all of them, if nothing is said.
   * @returns those that were taken away.
   */
  async drop(chosen: (message: ParkedMessage) => boolean, extent?: Extent): Promise<readonly ParkedMessage[]> {
    return this.#take(chosen, extent, async () => undefined);
  }

  async close(): Promise<void> {
    await this.#publisher.end();
    await this.#model.close().catch(() => undefined);
  }

  async #take(
    chosen: (message: ParkedMessage) => boolean,
    { most = Number.POSITIVE_INFINITY, among = Number.POSITIVE_INFINITY }: Extent = {},
    act: (message: ParkedMessage) => Promise<void>,
  ): Promise<readonly ParkedMessage[]> {
    const taken: ParkedMessage[] = [];
    await this.#walk(among, async (message) => {
      const parked = parkedOf(message);
      if (!chosen(parked)) return 'keep';
      await act(parked);
      return taken.push(parked) < most ? 'take' : 'take the last';
    });
    return taken;
  }

  /** Visits so many messages, oldest first, until the last is taken. Those that are kept are back in their places afterwards. */
  async #walk(most: number, visit: (message: GetMessage) => Promise<'keep' | 'take' | 'take the last'>): Promise<void> {
    const channel = await this.#channel();
    let there = 0;
    try {
      // Only what is there now: what is put back here meanwhile is not visited again.
      const { messageCount } = await channel.checkQueue(this.#queue);
      there = messageCount;
      for (let left = Math.min(most, messageCount); left > 0; left--) {
        const message = await channel.get(this.#queue);
        if (message === false) return;
        const verdict = await visit(message);
        if (verdict === 'keep') continue;
        channel.ack(message);
        there -= 1;
        if (verdict === 'take the last') return;
      }
    } finally {
      await channel.close().catch(() => undefined);
      await this.#settled(there);
    }
  }

  async #settled(count: number): Promise<void> {
    const channel = await this.#channel();
    const end = performance.now() + SETTLING;
    while ((await channel.checkQueue(this.#queue)).messageCount < count && performance.now() < end) await sleep(POLL);
    await channel.close().catch(() => undefined);
  }

  async #channel(): Promise<Channel> {
    const channel = await this.#model.createChannel();
    channel.on('error', () => undefined);
    return channel;
  }
}
