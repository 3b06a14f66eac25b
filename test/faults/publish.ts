import amqp, { type Options } from 'amqplib';
import type { Stack } from './fault.ts';
import type { Load } from './load.ts';

/** A back-end that publishes over AMQP, past the proxies, and writes down what it does. */
export class BackEnd {
  readonly #load: Load;
  readonly #connection: amqp.ChannelModel;
  readonly #wire: amqp.ConfirmChannel;
  readonly #name: string;
  #sequence = 0;

  private constructor(load: Load, connection: amqp.ChannelModel, wire: amqp.ConfirmChannel, name: string) {
    this.#load = load;
    this.#connection = connection;
    this.#wire = wire;
    this.#name = name;
  }

  /** @param name - tells its events from those of others, within the run. */
  static async connect({ rabbitmq }: Stack, load: Load, name: string): Promise<BackEnd> {
    const connection = await amqp.connect(rabbitmq.url);
    return new BackEnd(load, connection, await connection.createConfirmChannel(), name);
  }

  /**
   * Publishes an event and waits until the broker has it.
   *
   * @param data - beside its id.
   * @param properties - of the message, beside id and channel.
   * @returns its id.
   */
  async publish(channel: string, data: object = {}, properties: Options.Publish = {}): Promise<string> {
    const sequence = this.#sequence++;
    const id = `${this.#load.channels[0]}-${this.#name}-${sequence}`;
    this.#load.seen.push({ type: 'sent', at: Date.now(), publisher: this.#name, sequence, id, channel });
    await this.again(id, channel, data, properties);
    this.#load.seen.push({ type: 'acked', at: Date.now(), id });
    return id;
  }

  /** Publishes an event again, which is to be heard once. */
  async again(id: string, channel: string, data: object = {}, properties: Options.Publish = {}): Promise<void> {
    const body = Buffer.from(JSON.stringify({ id, ...data }));
    this.#wire.publish('events', '', body, { messageId: id, headers: { channel }, persistent: true, ...properties });
    await this.#wire.waitForConfirms();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
