import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Greeted } from '../ports/connection.ts';
import type { Poison } from '../ports/incoming.ts';
import { capabilitiesText } from '../protocol/capabilities.ts';
import { isReserved } from '../protocol/reserved.ts';
import { fitting, MOST_OF_HEADERS, MOST_OF_SHORT, sizeOf, writableTable } from './headers.ts';
import { withList } from './listed.ts';
import type { Publisher } from './publisher.ts';
import { Room } from './room.ts';
import { sequenceHeader } from './sequence.ts';
import type { Topology } from './topology.ts';
import { traceHeaders } from './trace.ts';

const JSON_TYPE = 'application/json';

/** Bytes of a list of users that stands in a header, as every consumer there ever was reads it. */
const MOST_OF_LIST = MOST_OF_HEADERS - 10_000;

/** Characters of a reason, and of the names of what was left out. */
const MOST_OF_REASON = 1_000;

/** A name that was no UTF-8 has grown as it was read; a message that is put aside needs none. */
const propertiesOf = (messageId: string | undefined): { readonly messageId?: string } =>
  messageId === undefined || Buffer.byteLength(messageId) > MOST_OF_SHORT ? {} : { messageId };

/** The bus over RabbitMQ. What it writes, `incoming.ts` reads. */
export class RabbitMqBus implements Bus {
  readonly #publisher: Pick<Publisher, 'publish' | 'deepest'>;
  readonly #topology: Topology;
  readonly #room: Room;
  readonly #correlationId: () => unknown;
  readonly #user: () => string;

  /**
   * @param correlationId - names the frame that is being processed, where one is.
   * @param user - as whom the publisher is known to the broker, which is asked of what the service says of itself.
   */
  constructor(
    publisher: Pick<Publisher, 'publish' | 'deepest'>,
    topology: Topology,
    correlationId: () => unknown = () => undefined,
    user: () => string = () => 'guest',
  ) {
    this.#publisher = publisher;
    this.#topology = topology;
    this.#room = new Room(publisher, topology);
    this.#correlationId = correlationId;
    this.#user = user;
  }

  async publish(broadcast: Broadcast): Promise<void> {
    const { id, channel, category, priority, userId, targetUsers, traceparent, published, sequence } = broadcast;
    // A header takes any text.
    const isShort = Buffer.byteLength(id) <= MOST_OF_SHORT;
    const data = Buffer.from(broadcast.data);
    const isListed = targetUsers !== undefined && sizeOf(targetUsers) > MOST_OF_LIST;
    const { body, headers } = isListed
      ? withList(targetUsers, data)
      : { body: data, headers: targetUsers === undefined ? {} : { targetUsers } };
    await this.#publisher.publish(this.#topology.exchange, '', body, {
      contentType: JSON_TYPE,
      ...(isShort ? { messageId: id } : {}),
      // What nobody else may say is asked of the broker.
      ...(isReserved(channel.text) || sequence !== undefined ? { userId: this.#user() } : {}),
      headers: {
        ...traceHeaders(published, this.#correlationId()),
        ...(isShort ? {} : { longId: id }),
        channel: channel.text,
        category,
        priority,
        ...(userId === undefined ? {} : { userId }),
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(sequence === undefined ? {} : { sequence: sequenceHeader(sequence) }),
        ...headers,
      },
    });
  }

  hasAmpleRoom(): Promise<boolean> {
    return this.#room.isAmple();
  }

  async welcome(connection: Greeted): Promise<void> {
    const { id, user, endpoint, capabilities, expires } = connection;
    const body = Buffer.from(
      JSON.stringify({ id, user, endpoint, capabilities: capabilitiesText(capabilities), expires }),
    );
    await this.#publisher.publish('', this.#topology.connections, body, { contentType: JSON_TYPE });
  }

  async park({ reason, body, headers, messageId, queue }: Poison): Promise<void> {
    const own = {
      'x-parked-reason': reason.slice(0, MOST_OF_REASON),
      'x-parked-queue': queue,
      'x-parked-at': new Date().toISOString(),
    };
    // Together they could be too much for the frame that each came in.
    const { headers: kept, without } = fitting(writableTable(headers), MOST_OF_HEADERS - 2 * MOST_OF_REASON);
    await this.#publisher.publish('', this.#topology.parked, body, {
      headers: {
        ...kept,
        ...own,
        ...(without.length === 0 ? {} : { 'x-parked-without': without.join(', ').slice(0, MOST_OF_REASON) }),
      },
      ...propertiesOf(messageId),
    });
  }
}
