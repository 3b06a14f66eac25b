import type { MessageProperties } from 'amqplib';

/** What the event needs of a message. */
export interface SourceMessage {
  readonly content: Buffer;
  readonly fields: { readonly redelivered: boolean };
  readonly properties: MessageProperties;
}

/** Where the messages of an event come from. */
export interface EventOrigin {
  readonly arn: string;
  readonly queue: string;
  readonly virtualHost: string;
}

/** As Lambda hands it to a function. It knows neither exchange nor routing key. */
export interface RabbitMqEvent {
  readonly eventSource: 'aws:rmq';
  readonly eventSourceArn: string;
  readonly rmqMessagesByQueue: Readonly<Record<string, readonly RabbitMqMessage[]>>;
}

export interface RabbitMqMessage {
  readonly basicProperties: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /** Base64. */
  readonly data: string;
}

/** Lambda does not know whether a header's bytes are text, and shows them as they are. */
const headerValue = (value: unknown): unknown => {
  if (typeof value === 'string') return { bytes: [...Buffer.from(value, 'utf8')] };
  if (Buffer.isBuffer(value)) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(headerValue);
  if (typeof value === 'object' && value !== null) return headerTable(value);
  return value;
};

const headerTable = (table: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, headerValue(value)]));

const eventMessage = ({ content, fields, properties }: SourceMessage): RabbitMqMessage => ({
  basicProperties: {
    contentType: properties.contentType ?? null,
    contentEncoding: properties.contentEncoding ?? null,
    headers: properties.headers === undefined ? null : headerTable(properties.headers),
    deliveryMode: properties.deliveryMode ?? null,
    priority: properties.priority ?? null,
    correlationId: properties.correlationId ?? null,
    replyTo: properties.replyTo ?? null,
    expiration: properties.expiration ?? null,
    messageId: properties.messageId ?? null,
    timestamp: properties.timestamp ? String(properties.timestamp) : null,
    type: properties.type ?? null,
    userId: properties.userId ?? null,
    appId: properties.appId ?? null,
    clusterId: null,
    bodySize: content.length,
  },
  redelivered: fields.redelivered,
  data: content.toString('base64'),
});

/**
 * @param origin - the mapping's broker and queue.
 * @param messages - one batch, in queue order.
 * @returns the event Lambda would call the function with.
 */
export const rabbitMqEvent = (origin: EventOrigin, messages: readonly SourceMessage[]): RabbitMqEvent => ({
  eventSource: 'aws:rmq',
  eventSourceArn: origin.arn,
  rmqMessagesByQueue: { [`${origin.queue}::${origin.virtualHost}`]: messages.map(eventMessage) },
});
