import type { Options } from 'amqplib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Broadcast } from '../../../lib/ports/broadcast.ts';
import type { History } from '../../../lib/ports/history.ts';
import { parseChannel } from '../../../lib/protocol/channel.ts';
import { broadcastOf } from '../../../lib/protocol/codec/decode.ts';
import { ProtocolError } from '../../../lib/protocol/errors.ts';
import { PRIORITIES } from '../../../lib/protocol/priority.ts';
import { RabbitMqBus } from '../../../lib/rabbitmq/bus.ts';
import { incomingOf } from '../../../lib/rabbitmq/incoming.ts';
import { deliveriesOf } from '../../../lib/rabbitmq/lambda-event.ts';
import type { Publisher } from '../../../lib/rabbitmq/publisher.ts';
import { topologyOf } from '../../../lib/rabbitmq/topology.ts';
import { broadcast } from '../../../lib/sync/broadcast.ts';
import { systemClock } from '../../../lib/sync/clock.ts';
import { broadcastOfFact } from '../../../lib/sync/tell.ts';
import { WatchedBus } from '../sync/watched-bus.ts';
import { connection } from '../sync/world.ts';

const MESSAGE_SIZE = 2_000;

/** Bytes of a property of AMQP. Source: AMQP 0-9-1 Specification, 4.2.5.3, "Strings": a short string. */
const MOST_OF_PROPERTY = 255;

/** A header as the broker’s events have it: texts are bytes. */
const headerOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(headerOf);
  return typeof value === 'string' ? { bytes: [...Buffer.from(value)] } : value;
};

/** A history that remembers no publisher. */
const KNOWS_NOBODY: Pick<History, 'remembered'> = {
  remembered: async (asked) => asked.map(() => ({ numbers: undefined, since: 0 })),
};

/** What the fan-out reads of a broadcast. */
const arrivedOf = async (accepted: Broadcast) => {
  let arrived: ReturnType<typeof incomingOf> | undefined;
  const publish = async (_: string, __: string, body: Uint8Array, { messageId, headers, userId }: Options.Publish) => {
    expect(Buffer.byteLength(messageId ?? '')).toBeLessThanOrEqual(MOST_OF_PROPERTY);
    const texts = Object.entries((headers ?? {}) as Record<string, unknown>);
    const message = {
      basicProperties: {
        messageId: messageId ?? null,
        userId: userId ?? null,
        headers: Object.fromEntries(texts.map(([name, value]) => [name, headerOf(value)])),
      },
      redelivered: false,
      data: Buffer.from(body).toString('base64'),
    };
    const eventSourceArn = 'arn:aws:mq:us-east-1:000000000000:broker:b:1';
    const event = { eventSource: 'aws:rmq' as const, eventSourceArn, rmqMessagesByQueue: { 'events.0::/': [message] } };
    for (const delivery of deliveriesOf(event)) arrived = incomingOf(delivery, MESSAGE_SIZE);
  };
  await new RabbitMqBus({ publish, deepest: async () => 0 }, topologyOf({ shards: 1 })).publish(accepted);
  return arrived;
};

/** Texts of 1 to so many characters that are nearly always lawful, the longest ones often. */
const texts = (characters: readonly string[], most: number) =>
  fc.oneof(
    fc.array(fc.constantFrom(...characters), { minLength: 1, maxLength: most }).map((all) => all.join('')),
    fc
      .tuple(fc.constantFrom(...characters), fc.integer({ min: 1, max: most }))
      .map(([one, times]) => one.repeat(times)),
  );

const names = texts(['x', ' ', 'é', '名', '😀', '"'], 130);

const channels = fc
  .array(texts(['x', 'y', 'é', '😀'], 201), { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join(':'));

const data = fc.oneof(
  fc.jsonValue(),
  fc.array(fc.constantFrom(1e20, 1e-6, '\ud800', '名'), { maxLength: 150 }),
  fc.record({ priority: fc.constantFrom(...PRIORITIES, 'urgent') }),
);

const messages = fc.record(
  {
    channel: channels,
    data,
    id: names,
    category: names,
    priority: fc.constantFrom(...PRIORITIES),
    targetUsers: fc.array(names, { minLength: 1, maxLength: 3 }),
    sequence: fc.record({ publisher: names, number: fc.maxSafeNat() }),
  },
  { requiredKeys: ['channel', 'data'] },
);

it('[G-10] what the service says of itself is taken, and is the only thing that says who published it', async () => {
  const fact = {
    ...({ id: 'opened A 1', kind: 'connections', what: 'opened', at: 1_700_000_000_000 } as const),
    ...{ data: '{"user":"alice"}', written: '' },
  };
  const own = broadcastOfFact(fact, 1_700_000_001_000);
  expect(await arrivedOf(own)).toMatchObject({ broadcast: own });
  const said: unknown[] = [];
  const publisher = {
    publish: async (...[, , , { userId }]: Parameters<Publisher['publish']>) => void said.push(userId),
    deepest: async () => 0,
  };
  const bus = new RabbitMqBus(publisher, topologyOf({ shards: 1 }), undefined, () => 'realtime-sync');
  await bus.publish(own);
  await bus.publish({ ...own, channel: parseChannel('a') });
  expect(said).toEqual(['realtime-sync', undefined]);
});

it('[B-9] what is acked arrives as it was published, and is never taken for poison', async () => {
  let acked = 0;
  await fc.assert(
    fc.asyncProperty(messages, async (message) => {
      const bus = new WatchedBus();
      try {
        // As it comes from a client, who sends text.
        const sent = broadcastOf(JSON.parse(JSON.stringify(message)));
        await broadcast(
          { bus, clock: systemClock, limits: { messageSize: MESSAGE_SIZE }, history: KNOWS_NOBODY },
          connection('A', 'alice'),
          sent,
        );
      } catch (error) {
        // Refused at once, which is as well.
        expect(error).toBeInstanceOf(ProtocolError);
        return;
      }
      acked++;
      const [accepted] = bus.published as [Broadcast];
      expect(await arrivedOf(accepted)).toMatchObject({ broadcast: accepted });
    }),
    {
      numRuns: 2_000,
      examples: [
        [{ channel: 'x'.repeat(200), data: null }],
        [{ channel: `${'😀'.repeat(199)}:x`, data: null }],
        [{ channel: 'x', data: Array(150).fill(1e20) }],
        [{ channel: 'x', data: null, id: '名'.repeat(128) }],
      ],
    },
  );
  expect(acked).toBeGreaterThan(200);
});
