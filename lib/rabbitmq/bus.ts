import type { Broadcast } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Greeted } from '../ports/connection.ts';
import type { Parking, Poison } from '../ports/incoming.ts';
import { capabilitiesText } from '../protocol/capabilities.ts';
import type { Publisher } from './publisher.ts';
import { Room } from './room.ts';
import type { Topology } from './topology.ts';
import { traceHeaders } from './trace.ts';

const JSON_TYPE = 'application/json';

/** Bytes a property takes; a header takes any text. Source: AMQP 0-9-1 specification, 4.2.5.3, "Strings": a short string. */
const MOST_OF_PROPERTY = 255;

/** The bus over RabbitMQ. What it writes, `incoming.ts` reads. */
export class RabbitMqBus implements Bus, Parking {
  readonly #publisher: Pick<Publisher, 'publish' | 'deepest'>;
  readonly #topology: Topology;
  readonly #room: Room;
  readonly #correlationId: () => unknown;

  /** @param correlationId - names the frame that is being processed, where one is. */
  constructor(
    publisher: Pick<Publisher, 'publish' | 'deepest'>,
    topology: Topology,
    correlationId: () => unknown = () => undefined,
  ) {
    this.#publisher = publisher;
    this.#topology = topology;
    this.#room = new Room(publisher, topology);
    this.#correlationId = correlationId;
  }

  async publish(broadcast: Broadcast): Promise<void> {
    const { id, channel, category, priority, userId, targetUsers, published } = broadcast;
    const isShort = Buffer.byteLength(id) <= MOST_OF_PROPERTY;
    await this.#publisher.publish(this.#topology.exchange, '', Buffer.from(broadcast.data), {
      contentType: JSON_TYPE,
      ...(isShort ? { messageId: id } : {}),
      headers: {
        ...traceHeaders(published, this.#correlationId()),
        ...(isShort ? {} : { longId: id }),
        channel: channel.text,
        category,
        priority,
        ...(userId === undefined ? {} : { userId }),
        ...(targetUsers === undefined ? {} : { targetUsers }),
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
    await this.#publisher.publish('', this.#topology.parked, body, {
      headers: {
        ...headers,
        'x-parked-reason': reason,
        'x-parked-queue': queue,
        'x-parked-at': new Date().toISOString(),
      },
      ...(messageId === undefined ? {} : { messageId }),
    });
  }
}
