import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { Unable } from '../ports/health.ts';
import type { Address } from './address.ts';
import { connectTo } from './connect.ts';
import { withTimeout } from './with-timeout.ts';

/** A queue that nobody declares. The broker confirms what is published to it, once it takes anything, and throws it away. */
const NOWHERE = 'realtime-sync.probe';

interface Opened {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
}

/**
 * Sees whether the broker takes what is published, over a connection of its own: one that publishes while the broker’s alarm
 * rings is not read from any more.
 */
export class ConfirmProbe {
  readonly #address: Address;
  readonly #onTrouble: () => void;
  #opening: Promise<Opened> | undefined;
  /** Why the broker takes nothing, as it said. */
  #blocked: string | undefined;

  /** @param onTrouble - told as soon as the connection is lost, or blocked by the broker. */
  constructor(address: Address, onTrouble: () => void) {
    this.#address = address;
    this.#onTrouble = onTrouble;
  }

  /**
   * Publishes a message that reaches nobody.
   *
   * @param timeout - milliseconds until it must be confirmed.
   * @throws Unable where the broker said that it takes none; the failure where it does not answer.
   */
  async confirmed(timeout: number): Promise<void> {
    this.#throwIfBlocked();
    this.#opening ??= this.#open(timeout);
    const opening = this.#opening;
    try {
      await withTimeout(timeout, 'the confirm of a probe', this.#publish(opening));
    } catch (cause) {
      this.#throwIfBlocked();
      this.#forget(opening);
      void close(opening);
      throw cause;
    }
  }

  /** Closes the connection; a later probe opens another. */
  async end(): Promise<void> {
    const opening = this.#opening;
    if (opening === undefined) return;
    this.#forget(opening);
    await close(opening);
  }

  // The connection is kept: by it the broker says that it takes messages again.
  #throwIfBlocked(): void {
    if (this.#blocked !== undefined) throw new Unable(`RabbitMQ takes no messages, since it is ${this.#blocked}`);
  }

  async #publish(opening: Promise<Opened>): Promise<void> {
    const { channel } = await opening;
    await new Promise<void>((resolve, reject) => {
      channel.publish('', NOWHERE, Buffer.alloc(0), {}, (refusal: unknown) => (refusal ? reject(refusal) : resolve()));
    });
  }

  #open(timeout: number): Promise<Opened> {
    const opening = (async () => {
      const model = await connectTo(this.#address, { timeout });
      // Without a listener an error of the connection would end the process; what failed is told where it was asked for.
      model.on('error', () => undefined);
      model.on('close', () => this.#forget(opening));
      model.on('blocked', (reason: string) => {
        this.#blocked = reason;
        this.#onTrouble();
      });
      model.on('unblocked', () => {
        this.#blocked = undefined;
      });
      const channel = await model.createConfirmChannel();
      channel.on('error', () => undefined);
      channel.on('close', () => this.#forget(opening));
      return { model, channel };
    })();
    return opening;
  }

  #forget(opening: Promise<Opened>): void {
    if (this.#opening !== opening) return;
    this.#opening = undefined;
    this.#blocked = undefined;
    this.#onTrouble();
  }
}

const close = async (opening: Promise<Opened>): Promise<void> => {
  try {
    await (await opening).model.close();
  } catch {
    // It never opened, or is lost already.
  }
};
