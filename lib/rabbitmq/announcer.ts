import type { Options } from 'amqplib';
import type { Announcer, Gap } from '../ports/announcer.ts';
import type { HistoryName, StoredEvent } from '../ports/history.ts';
import { MOST_OF_SHORT } from './headers.ts';
import type { Publisher } from './publisher.ts';
import type { Topology } from './topology.ts';

const JSON_TYPE = 'application/json';

/** The body of a message that has nothing to say beside its headers. */
const NOTHING = Buffer.from('null');

/** What fits into a short string of AMQP, without a part of a character at its end. */
const short = (text: string): string => {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_OF_SHORT) return text;
  let end = MOST_OF_SHORT;
  // The bytes behind a character's first all begin with the bits 10.
  while (((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
};

/** A channel as a topic: with dots between its segments. */
const routingKeyOf = (channel: string): string => short(channel.replaceAll(':', '.'));

/** The way out over RabbitMQ: a topic exchange for events, and one for private events. */
export class RabbitMqAnnouncer implements Announcer {
  readonly #publisher: Pick<Publisher, 'publish'>;
  readonly #topology: Topology;

  constructor(publisher: Pick<Publisher, 'publish'>, topology: Topology) {
    this.#publisher = publisher;
    this.#topology = topology;
  }

  event(name: HistoryName, event: StoredEvent): Promise<void> {
    const { epoch, offset, timestamp, id, category, priority, userId, traceparent } = event;
    return this.#publish(name, Buffer.from(event.data), {
      // By its epoch it is of one history alone, so the end of a long channel may be missing.
      messageId: short(`${epoch}:${offset}:${name.channel}`),
      // Seconds: the header has the milliseconds.
      timestamp: Math.floor(timestamp / 1_000),
      headers: {
        ...{ type: 'event', epoch, offset, timestamp, id, category, priority },
        ...(userId === undefined ? {} : { userId }),
        ...(traceparent === undefined ? {} : { traceparent }),
      },
    });
  }

  gap(name: HistoryName, { epoch, from, to }: Gap): Promise<void> {
    return this.#publish(name, NOTHING, {
      messageId: short(`${epoch}:${from}-${to}:${name.channel}`),
      headers: { type: 'gap', epoch, from, to },
    });
  }

  async #publish({ channel, user }: HistoryName, body: Buffer, options: Options.Publish): Promise<void> {
    const { appended, appendedPrivately } = this.#topology;
    await this.#publisher.publish(user === undefined ? appended : appendedPrivately, routingKeyOf(channel), body, {
      ...options,
      contentType: JSON_TYPE,
      // Nobody has to be there to hear it.
      mandatory: false,
      headers: { ...options.headers, channel, ...(user === undefined ? {} : { user }) },
    });
  }
}
