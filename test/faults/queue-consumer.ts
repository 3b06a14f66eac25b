import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import amqp, { type ConsumeMessage } from 'amqplib';
import { heardOf } from '../bound-queue.ts';
import type { Recorder } from './recorder.ts';
import { Killed, Trap } from './trap.ts';

/** Milliseconds before it connects again. */
const AGAIN = 100;

/** Messages that are handed to it before it acks the first. */
const PREFETCH = 10;

/** Where it may be killed: with a message in hand; with one that is done and not acked; with an ack on its way. */
export const QUEUE_STEPS = ['delivered', 'done', 'acked'] as const;
type QueueStep = (typeof QUEUE_STEPS)[number];

/** A back-end that consumes a durable queue, as the guide to back-ends has it. */
export class QueueConsumer {
  readonly trap = new Trap<QueueStep>();
  readonly #url: string;
  readonly #queue: string;
  readonly #running: Promise<void>;
  #recorder: Recorder | undefined;
  #mine: (channel: string) => boolean = () => false;
  #close: () => void = () => undefined;
  #isOver = false;

  constructor(url: string, queue: string) {
    this.#url = url;
    this.#queue = queue;
    this.#running = this.#run();
  }

  /** What it hears of these channels is written down from now on. */
  record(recorder: Recorder, mine: (channel: string) => boolean): void {
    this.#recorder = recorder;
    this.#mine = mine;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#consume().catch(() => undefined);
      if (!this.#isOver) await pause(AGAIN);
    }
  }

  /** Until its connection ends, of itself or as that of whoever is killed. */
  async #consume(): Promise<void> {
    const model = await amqp.connect(this.#url);
    model.on('error', () => undefined);
    const { stream } = model.connection as unknown as { readonly stream: Socket };
    // The client does not tell of an end that it did not hear of.
    const ended = new Promise<void>((resolve) => stream.once('close', () => resolve()));
    this.#close = () => stream.destroy();
    let isDead = false;
    try {
      if (this.#isOver) return;
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      await channel.prefetch(PREFETCH);
      const take = async (message: ConsumeMessage): Promise<void> => {
        await this.trap.pass('delivered');
        if (isDead) throw new Killed();
        this.#hear(message);
        await this.trap.pass('done');
        channel.ack(message);
        await this.trap.pass('acked');
      };
      let taking = Promise.resolve();
      await channel.consume(this.#queue, (message) => {
        if (message === null) return void stream.destroy();
        taking = taking
          .then(() => (isDead ? undefined : take(message)))
          .catch(() => {
            isDead = true;
            stream.destroy();
          });
      });
      await ended;
      isDead = true;
    } finally {
      stream.destroy();
    }
  }

  #hear({ properties, content }: ConsumeMessage): void {
    const { channel, event, gap } = heardOf(properties.headers ?? {}, content);
    if (!this.#mine(channel)) return;
    if (event !== undefined) {
      const { epoch, offset, id } = event;
      this.#recorder?.hear({ channel, epoch, from: offset, to: offset, id });
    } else if (gap !== undefined) {
      this.#recorder?.hear({ channel, ...gap });
    }
  }
}
