import fc from 'fast-check';
import type { RabbitMqEvent } from '../../lib/rabbitmq/lambda-event.ts';
import { anyValue, BROADCAST, channel, field, hostileText } from './values.ts';

/** What whoever may publish can bring into a shard queue: seldom what it should. The same seed always gives the same. */

const bytesOf = (text: string): { bytes: number[] } => ({ bytes: [...Buffer.from(text)] });

/** A header as the mapping hands it on: texts as bytes, whatever else as it was. */
const written = (value: unknown): unknown => {
  if (typeof value === 'string') return bytesOf(value);
  return Array.isArray(value) ? value.map(written) : value;
};

const headers = fc
  .record(
    {
      channel: field(channel),
      category: BROADCAST.category,
      priority: BROADCAST.priority,
      targetUsers: BROADCAST.targetUsers,
      userId: field(fc.constantFrom('alice', 'bob')),
      longId: field(fc.constant('i'.repeat(128))),
      // Few have a body that fits it.
      targetUsersBytes: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, field(fc.nat({ max: 50 }))),
      publishedAt: field(fc.nat()),
      correlationId: field(fc.constant('Root=1-2')),
      'x-death': anyValue,
      __proto__: anyValue,
    },
    // Most have a channel: there is most to be read.
    { requiredKeys: ['channel'] },
  )
  .map((named) => Object.fromEntries(Object.entries(named).map(([name, value]) => [name, written(value)])));

const deep = Array.from({ length: 200 }).reduce<unknown>((held) => ({ held: [held] }), 'x');

/** A property has 255 bytes at the most. Source: AMQP 0-9-1 specification, 4.2.5.3, "Strings". */
const property = hostileText.filter((text) => Buffer.byteLength(text) <= 255);

const properties = fc.record(
  {
    messageId: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('1', '2', null) }, property),
    timestamp: fc.oneof(fc.constantFrom('Jan 1, 1970, 12:33:41 AM', '1700000000', '9'.repeat(400), null), hostileText),
    headers: fc.oneof(
      { weight: 12, arbitrary: headers },
      { weight: 1, arbitrary: fc.constantFrom(null, {}, { deep }, { channel: { bytes: [300, -1] } }) },
    ),
  },
  { requiredKeys: [] },
);

const body = fc.oneof(
  { weight: 6, arbitrary: anyValue.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 1, arbitrary: hostileText.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom(Buffer.from('['.repeat(5_000)), Buffer.from('["alice"]{"a":1}')) },
);

const message = fc.record({
  basicProperties: properties,
  redelivered: fc.boolean(),
  data: body.map((bytes) => bytes.toString('base64')),
});

const batch = fc.array(message, { minLength: 1, maxLength: 20 });

/** Events of the mapping of a queue, until they hold so many messages. */
export function* mappingEvents(count: number, seed: number, queue: string): Generator<RabbitMqEvent> {
  let made = 0;
  for (let part = 0; made < count; part++) {
    for (const messages of fc.sample(batch, { seed: seed + part, numRuns: 100 })) {
      if (made >= count) return;
      made += messages.length;
      const event: RabbitMqEvent = {
        eventSource: 'aws:rmq',
        eventSourceArn: 'arn:aws:mq:us-east-1:000000000000:broker:b',
        rmqMessagesByQueue: { [`${queue}::/`]: messages },
      };
      // It is handed on as JSON, which has no numbers without an end.
      yield JSON.parse(JSON.stringify(event)) as RabbitMqEvent;
    }
  }
}
