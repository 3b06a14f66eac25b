import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel, ConfirmChannel, Message, Options } from 'amqplib';
import { DependencyAway, Overloaded, TooLarge } from '../ports/dependency.ts';
import type { Address } from './address.ts';
import { connectTo } from './connect.ts';
import { limitIn } from './message-limit.ts';
import { withTimeout } from './with-timeout.ts';

/** Milliseconds to open a connection, and to close one. */
const TIMEOUT = 5_000;

/**
 * Milliseconds to wait for a confirm. A connection whose other end is gone without a word, as after a function was frozen
 * for long, shows only by this; both tries must fit into the time of one invocation.
 */
const CONFIRM_TIMEOUT = 2_500;

/** Milliseconds to wait for word of the queues, without which it goes on as well. */
const LOOK_TIMEOUT = 1_000;

/**
 * Milliseconds without work after which the connection is closed: a broker takes a limited number of them. While a function
 * is frozen nothing of it runs; then the broker misses its heartbeats, of 60 s each, and closes it about as soon.
 */
const IDLE = 120_000;

/** Tries of one publish: a connection that died unnoticed is replaced once within the call. */
const TRIES = 2;

interface Opened {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  /** By which queues are looked at; opened at need. */
  observing: Promise<Channel> | undefined;
}

/** How the client library words that the broker would not take a message. */
const NACKED = 'message nacked';

/** The broker took the message but no queue did. */
class Unroutable extends Error {
  override readonly name = 'Unroutable';
}

/**
 * Publishes to one broker, each message mandatory and confirmed, over one connection that is opened at need and
 * replaced when it is lost.
 */
export class Publisher {
  readonly #address: Address;
  readonly #onError: (error: Error) => void;
  readonly #idle: number;
  readonly #returned = new Set<string>();
  #opening: Promise<Opened> | undefined;
  /** Bytes of a body that the broker takes, as far as it has said since it was last lost: restarted, it may take others. */
  #most = Number.POSITIVE_INFINITY;
  /** Connections that were closed from here. */
  readonly #left = new WeakSet<Promise<Opened>>();
  /** Calls that are under way. */
  #working = 0;
  #closing: NodeJS.Timeout | undefined;

  /**
   * @param onError - told of every error of the connection.
   * @param idle - milliseconds without work after which the connection is closed.
   */
  constructor(address: Address, onError: (error: Error) => void, idle = IDLE) {
    this.#address = address;
    this.#onError = onError;
    this.#idle = idle;
  }

  /**
   * Resolves once the broker has the message safe in at least one queue; in every queue that is bound for it, which may be
   * none, where `mandatory` is false.
   *
   * @throws DependencyAway where it is not known to be; publishing again may then put it there twice.
   * @throws Overloaded where the queue is full.
   * @throws TooLarge where the broker takes nothing so large; what else is under way is not disturbed but once.
   */
  publish(exchange: string, routingKey: string, body: Uint8Array, options: Options.Publish): Promise<void> {
    return this.#at(this.#publish(exchange, routingKey, body, options));
  }

  async #publish(exchange: string, routingKey: string, body: Uint8Array, options: Options.Publish): Promise<void> {
    for (let tries = 1; ; tries++) {
      if (body.length > this.#most) throw new TooLarge(this.#most);
      this.#opening ??= this.#open();
      const opening = this.#opening;
      try {
        const { channel } = await opening;
        return await withTimeout(
          CONFIRM_TIMEOUT,
          'the confirm',
          this.#confirmed(channel, exchange, routingKey, body, options),
        );
      } catch (cause) {
        if (cause instanceof Unroutable) throw new DependencyAway('rabbitmq', cause);
        // The connection is sound, and the same again would be as much too much. Of a try before this one nobody knows.
        if (cause instanceof Error && cause.message === NACKED) {
          throw tries === 1 ? new Overloaded(cause) : new DependencyAway('rabbitmq', cause);
        }
        // Only the connection that failed: another publish may have opened a sound one already.
        this.#forget(opening);
        // Nobody waits for its goodbye: one that is gone without a word says none.
        void this.#close(opening);
        // That refused it for its size was said of this one alone; what was under way beside it goes by another connection.
        if (body.length > this.#most) throw new TooLarge(this.#most);
        if (tries === TRIES) throw new DependencyAway('rabbitmq', cause);
      }
    }
  }

  /**
   * Looks at queues, over the same connection but by a channel of its own: a queue that is missing closes that.
   *
   * @returns how many messages wait in the fullest.
   * @throws DependencyAway
   */
  async deepest(queues: readonly string[]): Promise<number> {
    try {
      return await withTimeout(LOOK_TIMEOUT, 'looking at the queues', this.#at(this.#deepest(queues)));
    } catch (cause) {
      // Whether the connection is gone is found out by who publishes next.
      throw new DependencyAway('rabbitmq', cause);
    }
  }

  /** Closes the connection; a later publish opens another. */
  async end(): Promise<void> {
    clearTimeout(this.#closing);
    this.#closing = undefined;
    this.#most = Number.POSITIVE_INFINITY;
    const opening = this.#opening;
    if (opening === undefined) return;
    this.#forget(opening);
    await this.#close(opening);
  }

  /** Does some work, after which the connection rests; nothing that is under way loses it. */
  async #at<T>(work: Promise<T>): Promise<T> {
    this.#working++;
    try {
      return await work;
    } finally {
      this.#working--;
      this.#closing ??= setTimeout(() => {
        if (this.#working === 0) void this.end();
      }, this.#idle).unref();
      this.#closing.refresh();
    }
  }

  async #confirmed(
    channel: ConfirmChannel,
    exchange: string,
    routingKey: string,
    body: Uint8Array,
    options: Options.Publish,
  ): Promise<void> {
    // Names this one try: the broker confirms also what it returned, and the return comes first.
    const correlationId = randomUUID();
    const named = options.mandatory === false ? {} : { correlationId, mandatory: true };
    await new Promise<void>((resolve, reject) => {
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        { ...options, ...named, persistent: true },
        (refusal: unknown) => {
          if (this.#returned.delete(correlationId)) reject(new Unroutable('no queue took the message'));
          else if (refusal) reject(refusal);
          else resolve();
        },
      );
    });
  }

  async #deepest(queues: readonly string[]): Promise<number> {
    this.#opening ??= this.#open();
    const opened = await this.#opening;
    opened.observing ??= this.#observing(opened);
    const channel = await opened.observing;
    let deepest = 0;
    for (const queue of queues) deepest = Math.max(deepest, (await channel.checkQueue(queue)).messageCount);
    return deepest;
  }

  async #observing(opened: Opened): Promise<Channel> {
    const channel = await opened.model.createChannel();
    channel.on('error', this.#onError);
    channel.on('close', () => {
      opened.observing = undefined;
    });
    return channel;
  }

  #open(): Promise<Opened> {
    const opening = this.#connect();
    const forget = (): void => this.#forget(opening);
    opening.then(({ model, channel }) => {
      model.on('close', () => {
        forget();
        if (!this.#left.has(opening)) this.#most = Number.POSITIVE_INFINITY;
      });
      channel.on('close', forget);
    }, forget);
    return opening;
  }

  async #connect(): Promise<Opened> {
    // Without delay: the second half of a large set would wait for the broker’s system to acknowledge the first, 40 ms.
    const model = await connectTo(this.#address, { timeout: TIMEOUT, noDelay: true });
    // Without a listener an error of the connection would end the process.
    model.on('error', this.#onError);
    const channel = await model.createConfirmChannel();
    channel.on('error', (error: Error) => {
      this.#most = limitIn(error) ?? this.#most;
      this.#onError(error);
    });
    channel.on('return', ({ properties }: Message) => this.#returned.add(properties.correlationId));
    return { model, channel, observing: undefined };
  }

  #forget(opening: Promise<Opened>): void {
    if (this.#opening === opening) this.#opening = undefined;
  }

  async #close(opening: Promise<Opened>): Promise<void> {
    this.#left.add(opening);
    try {
      await withTimeout(TIMEOUT, 'closing', (async () => (await opening).model.close())());
    } catch {
      // It was lost already, or never opened.
    }
  }
}
