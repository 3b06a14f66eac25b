import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { connectTo } from '../../../lib/rabbitmq/connect.ts';
import type { Log } from '../../../serverless/framework.ts';
import { Backoff } from './backoff.ts';
import { Batches } from './batches.ts';
import { type EventOrigin, type RabbitMqEvent, rabbitMqEvent } from './event.ts';

export interface MappingSettings extends EventOrigin {
  /** The broker's address with credentials, its path being the virtual host. */
  readonly url: string;
  /** The function's name, as messages show it. */
  readonly functionName: string;
  /** Messages of a batch at most, 1 to 10,000. */
  readonly batchSize: number;
  /** Milliseconds a batch waits to fill. */
  readonly window: number;
}

/** Calls the function and waits for it. Rejected where the function throws. */
export type Invoke = (event: RabbitMqEvent) => Promise<unknown>;

/** Milliseconds a batch in flight gets to finish when the mapping stops. */
const GRACE = 8_000;
const CONNECT_TIMEOUT = 5_000;
/** Seconds between signs of life, unless the address says otherwise: two missing, and a broker gone without a word is left. */
const HEARTBEAT = '5';
/** Milliseconds a broker gets to say goodbye. One that is going down may never do so. */
const GOODBYE_TIMEOUT = 2_000;
/** The largest count AMQP's prefetch can say. */
const LARGEST_PREFETCH = 65_535;
/** AMQP's code for a queue that does not exist. */
const NOT_FOUND = 404;

/** The function did not take a batch. */
class BatchFailedError extends Error {
  override readonly name = 'BatchFailedError';
}

/**
 * One queue wired to one function, as Lambda's event source mapping does it: batches by size or window, one in flight
 * at a time, acknowledged whole or returned whole.
 *
 * Order survives a failure. Returning the messages of a failed batch one by one would let those prefetched behind it
 * overtake them; so the channel is closed, which returns everything unacknowledged to its place in the queue at once.
 *
 * Order survives a stop for the same reason: the channel is closed, and its consumer is not cancelled before. A cancel would
 * part what is unacknowledged: what is on its way at that moment goes back at once, a consumer that waits is given what
 * follows, and what was prefetched goes back behind all that, when the channel closes.
 *
 * It needs nobody to look after it: whatever goes wrong, it says so, waits a little, and starts over.
 */
export class EventSourceMapping {
  readonly #settings: MappingSettings;
  readonly #invoke: Invoke;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  /** Between attempts to consume. */
  readonly #reconnecting = new Backoff();
  /** Between attempts to handle a batch. */
  readonly #retrying = new Backoff();
  #running: Promise<void> | undefined;
  #connection: ChannelModel | undefined;
  #batches: Batches<ConsumeMessage> | undefined;
  /** Whether a batch is with the function now. */
  #inFlight = false;
  /** The trouble told last, so that the same is not told at every attempt. */
  #trouble = '';

  /**
   * @param settings - what to consume, and how.
   * @param invoke - calls the function.
   * @param log - told of the beginning, of failures and of recoveries.
   */
  constructor(settings: MappingSettings, invoke: Invoke, log: Log) {
    this.#settings = settings;
    this.#invoke = invoke;
    this.#log = log;
  }

  /** Begins to consume. Neither waits nor fails: a broker or a queue that is not there yet is tried again. */
  start(): void {
    this.#running ??= this.#run();
  }

  /**
   * Ends consuming. A batch in flight may finish, and is acknowledged then; one that does not finish in time goes back
   * to the queue.
   *
   * @param grace - milliseconds for the batch in flight.
   */
  async stop(grace: number = GRACE): Promise<void> {
    this.#stopping.abort();
    this.#batches?.end();
    const finished = new AbortController();
    const patience = this.#inFlight ? grace : GOODBYE_TIMEOUT;
    const overdue = delay(patience, undefined, { signal: finished.signal }).catch(() => {});
    await Promise.race([this.#running, overdue]);
    finished.abort();
    await this.#disconnect();
  }

  /** Connections, one after another. */
  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#consumeOver(await this.#connect());
      } catch (error) {
        this.#tell(`RabbitMQ: ${reasonOf(error)}`);
        await this.#reconnecting.wait(signal);
      } finally {
        await this.#disconnect();
      }
    }
  }

  async #connect(): Promise<ChannelModel> {
    const { functionName, queue, url } = this.#settings;
    const address = new URL(url);
    if (!address.searchParams.has('heartbeat')) address.searchParams.set('heartbeat', HEARTBEAT);
    const connection = await connectTo(address.href, {
      timeout: CONNECT_TIMEOUT,
      noDelay: true,
      clientProperties: { connection_name: `${queue} -> ${functionName}` },
    });
    // Without a listener the event would end the process. What it says comes with the event `close` as well.
    connection.on('error', () => {});
    this.#connection = connection;
    return connection;
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) await goodbye(connection);
  }

  /**
   * Channels over one connection, one after another. Returns when the mapping stops.
   *
   * @throws Error when the connection is gone.
   */
  async #consumeOver(connection: ChannelModel): Promise<void> {
    const { signal } = this.#stopping;
    const gone = new AbortController();
    connection.once('close', (error?: Error) => gone.abort(error ?? new Error('the connection was closed')));
    while (!signal.aborted) {
      gone.signal.throwIfAborted();
      const channel = await connection.createChannel();
      try {
        await this.#consume(channel);
        await goodbye(channel);
      } catch (error) {
        gone.signal.throwIfAborted();
        this.#tell(reasonOf(error));
        // Before the pause: what was prefetched is back in its place, for whoever else may take it.
        await goodbye(channel);
        await (error instanceof BatchFailedError ? this.#retrying : this.#reconnecting).wait(signal);
      }
    }
  }

  /**
   * Batches over one channel, one after another. Returns when the mapping stops.
   *
   * @throws BatchFailedError when the function failed; Error when the channel is gone. What is not acknowledged has to
   *   go back then.
   */
  async #consume(channel: Channel): Promise<void> {
    const { batchSize, functionName, queue, window } = this.#settings;
    const batches = new Batches<ConsumeMessage>({ size: batchSize, window });
    this.#batches = batches;
    channel.on('error', (error: Error) => batches.end(error));
    channel.once('close', () => batches.end(new Error('the channel was closed')));

    // One batch in flight and one being gathered.
    await channel.prefetch(Math.min(batchSize * 2, LARGEST_PREFETCH));
    await channel.consume(queue, (message) => {
      if (message === null) batches.end(new Error(`queue ${queue} is gone`));
      else batches.add(message);
    });
    this.#reconnecting.reset();
    const how = this.#trouble === '' ? `up to ${batchSize} messages a batch, window ${window} ms` : 'consuming again';
    this.#log.notice(`${queue} -> ${functionName}: ${how}`);
    this.#trouble = '';

    for (;;) {
      if (this.#stopping.signal.aborted) batches.end();
      const batch = await batches.next();
      const last = batch?.at(-1);
      if (batch === undefined || last === undefined) return;
      try {
        this.#inFlight = true;
        await this.#invoke(rabbitMqEvent(this.#settings, batch));
      } catch (error) {
        const next = `${batch.length} messages go back to the queue and come again after ${this.#retrying.pause} ms`;
        throw new BatchFailedError(`${functionName} failed: ${reasonOf(error)}; ${next}`);
      } finally {
        this.#inFlight = false;
      }
      // Tags count up within the channel, so this is the batch and not what is gathered behind it. On a channel that
      // was closed meanwhile it throws: the batch comes again.
      channel.ack(last, true);
      this.#retrying.reset();
    }
  }

  #tell(trouble: string): void {
    if (trouble === this.#trouble || this.#stopping.signal.aborted) return;
    this.#trouble = trouble;
    this.#log.error(`${this.#settings.queue} -> ${this.#settings.functionName}: ${trouble}`);
  }
}

/** Closes a channel or a connection, for good or ill. For a channel, acknowledgements sent before are safe then. */
const goodbye = async (closable: Channel | ChannelModel): Promise<void> => {
  const answered = new AbortController();
  try {
    await Promise.race([closable.close(), delay(GOODBYE_TIMEOUT, undefined, { signal: answered.signal })]);
  } catch {
    // It is closed, which is what was wanted.
  } finally {
    answered.abort();
  }
};

const reasonOf = (error: unknown): string => {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === NOT_FOUND) return `the queue does not exist (yet): ${error.message}`;
  return error.message === '' ? error.name : error.message;
};
