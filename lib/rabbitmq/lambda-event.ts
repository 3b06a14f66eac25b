/**
 * What Lambda’s event source mapping for RabbitMQ hands to a function. Source: AWS Lambda Developer Guide, "Using Lambda
 * with Amazon MQ"; exchange and routing key are not part of it.
 */
export interface RabbitMqEvent {
  readonly eventSource: 'aws:rmq';
  readonly eventSourceArn: string;
  /** Messages in queue order, by `queue::virtual host`. */
  readonly rmqMessagesByQueue: Readonly<Record<string, readonly RabbitMqMessage[]>>;
}

interface RabbitMqMessage {
  readonly basicProperties: {
    readonly messageId?: string | null;
    /** A date as Java writes it, in UTC (`Jan 1, 1970, 12:33:41 AM`); on a laptop seconds since 1970. */
    readonly timestamp?: string | null;
    /** As whom it was published, where that was said: the broker refuses another. */
    readonly userId?: string | null;
    readonly headers?: Readonly<Record<string, unknown>> | null;
  };
  readonly redelivered: boolean;
  /** Base64. */
  readonly data: string;
}

const isBytes = (value: unknown): value is { bytes: number[] } =>
  typeof value === 'object' && value !== null && 'bytes' in value && Array.isArray(value.bytes);

/** Lists and tables within one another that are kept of a header: whoever reads or writes them goes down by calls. */
const MOST_NESTED = 32;

/** Stands for those that are within more. */
const TOO_DEEP = 'nested too deep';

const plainHeader = (value: unknown, depth: number): unknown => {
  if (isBytes(value)) return Buffer.from(value.bytes).toString('utf8');
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MOST_NESTED) return TOO_DEEP;
  if (Array.isArray(value)) return value.map((item) => plainHeader(item, depth + 1));
  return plainTable(value, depth);
};

const plainTable = (table: object, depth: number): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name, plainHeader(value, depth + 1)]));

/** A message as its publisher wrote it. */
export interface Delivery {
  readonly queue: string;
  readonly messageId: string | undefined;
  /** The property of that name, as milliseconds since 1970. */
  readonly timestamp?: number;
  /** The user of the broker that published it, if that was said. */
  readonly publisher?: string;
  /** Texts are texts again, also within lists and tables. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
  /** It was handed out before, by a batch that came back or a consumer that went away. */
  readonly redelivered: boolean;
}

const timeOf = (text: string | null | undefined): { readonly timestamp?: number } => {
  if (typeof text !== 'string') return {};
  const timestamp = /^\d+$/.test(text) ? 1_000 * Number(text) : Date.parse(`${text} UTC`);
  return Number.isSafeInteger(timestamp) ? { timestamp } : {};
};

/** Every message of an event, in queue order. */
export const deliveriesOf = (event: RabbitMqEvent): readonly Delivery[] =>
  Object.entries(event.rmqMessagesByQueue).flatMap(([source, messages]) => {
    const queue = source.slice(0, source.lastIndexOf('::'));
    return messages.map(({ basicProperties, redelivered, data }) => ({
      queue,
      messageId: basicProperties.messageId ?? undefined,
      ...timeOf(basicProperties.timestamp),
      ...(typeof basicProperties.userId === 'string' ? { publisher: basicProperties.userId } : {}),
      headers: plainTable(basicProperties.headers ?? {}, 0),
      body: Buffer.from(data, 'base64'),
      redelivered,
    }));
  });
