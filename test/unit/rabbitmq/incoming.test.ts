import type { Options } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { RabbitMqBus } from '../../../lib/rabbitmq/bus.ts';
import { incomingOf } from '../../../lib/rabbitmq/incoming.ts';
import { deliveriesOf, type RabbitMqEvent } from '../../../lib/rabbitmq/lambda-event.ts';
import type { Publisher } from '../../../lib/rabbitmq/publisher.ts';
import { topologyOf } from '../../../lib/rabbitmq/topology.ts';

const text = (value: string) => ({ bytes: [...Buffer.from(value)] });

const eventOf = (
  headers: Record<string, unknown> | null,
  body: string | Buffer,
  messageId?: string,
  userId?: string,
): RabbitMqEvent => ({
  eventSource: 'aws:rmq',
  eventSourceArn: 'arn:aws:mq:us-east-1:000000000000:broker:b:1',
  rmqMessagesByQueue: {
    'events.2::/': [
      {
        basicProperties: { headers, messageId: messageId ?? null, userId: userId ?? null },
        redelivered: true,
        data: Buffer.from(body).toString('base64'),
      },
    ],
  },
});

const read = (...args: Parameters<typeof eventOf>) => {
  const [delivery] = deliveriesOf(eventOf(...args));
  if (delivery === undefined) throw new Error('no delivery');
  return incomingOf(delivery, 1_000);
};

describe('a message from a shard queue', () => {
  it('is a broadcast with everything its publisher said', () => {
    const headers = {
      channel: text('memory:created'),
      category: text('notes'),
      priority: text('high'),
      userId: text('bob'),
      targetUsers: [text('alice'), text('carol')],
      'x-other': 7,
    };
    expect(read(headers, '{"a":"ü"}', 'm-1')).toMatchObject({
      broadcast: {
        id: 'm-1',
        channel: { text: 'memory:created' },
        category: 'notes',
        priority: 'high',
        data: '{"a":"ü"}',
        userId: 'bob',
        targetUsers: ['alice', 'carol'],
      },
    });
  });

  it.each(['targetUser', 'TargetUsers', 'target'])(
    '[B-12] is put aside where a header has the name %s, so that what is for some is not heard by all',
    (name) => {
      expect(read({ channel: text('a'), [name]: [text('alice')] }, '1')).toMatchObject({
        poison: { reason: `header ${name}: there is no such field; is targetUsers meant?` },
      });
    },
  );

  it('[B-12] is read where it has headers of other programs', () => {
    const others = { 'x-trace': 1, traceId: 'x', content_type: 'y', published_at: 1, date: 'z', userid: 'w' };
    expect(read({ channel: text('a'), ...others }, '1')).toHaveProperty('broadcast');
  });

  it.each([
    ['by the clock of the door that took it', { publishedAt: 1_700_000_000_123 }, '1600000000', 1_700_000_000_123],
    ['by the property, as Lambda writes it', {}, 'Nov 14, 2023, 10:13:20 PM', 1_700_000_000_000],
    ['by the property, in seconds', {}, '1700000000', 1_700_000_000_000],
    ['never, where nobody says', {}, null, undefined],
    ['never, where it says nothing', { publishedAt: text('soon') }, 'soon', undefined],
  ])('[B-4] was published %s', (_, headers, timestamp, published) => {
    const event = eventOf({ channel: text('a'), ...headers }, '1');
    const [message] = event.rmqMessagesByQueue['events.2::/'] ?? [];
    Object.assign(message?.basicProperties ?? {}, { timestamp });
    const [incoming] = deliveriesOf(event).map((delivery) => incomingOf(delivery, 1_000));
    const broadcast = incoming !== undefined && 'broadcast' in incoming ? incoming.broadcast : undefined;
    expect(broadcast?.published).toBe(published);
  });

  it('[A-3] is the same, whether the broker says that it was handed out before or not', () => {
    const said = (redelivered: boolean) => {
      const deliveries = deliveriesOf(eventOf({ channel: text('a') }, '1', 'm-1'));
      return deliveries.map((delivery) => incomingOf({ ...delivery, redelivered }, 1_000));
    };
    expect(said(true)).toEqual(said(false));
  });

  it('needs no more than a channel', () => {
    expect(read({ channel: text('a:b') }, '{"priority":"low"}')).toMatchObject({
      broadcast: { id: expect.stringMatching(/^[\w-]{36}$/), category: 'a', priority: 'low' },
    });
  });

  it.each([
    ['no headers', null, '1', /^header channel: expected a channel, but it is missing$/],
    ['no channel', {}, '1', /^header channel: expected a channel, but it is missing$/],
    ['a channel that is no text', { channel: 7 }, '1', /^header channel: expected a channel$/],
    [
      'two faults',
      { channel: 7, priority: text('urgent') },
      '1',
      /^header channel: expected a channel; header priority: expected one of low, normal, high, critical$/,
    ],
    ['a user that is no name', { channel: text('a'), userId: 7 }, '1', /^header userId: expected a text of 1 to 128/],
    ['a bad channel', { channel: text('a::b') }, '1', /empty segment/],
    ['a channel of the service’s own', { channel: text('$service:a') }, '1', /begin with \$ are the service’s own/],
    ['a body that is not JSON', { channel: text('a') }, '{', /JSON/],
    ['an empty body', { channel: text('a') }, '', /JSON/],
    ['a body that is not UTF-8', { channel: text('a') }, Buffer.from([0x22, 0xff, 0x22]), /utf-8/i],
    ['a body over the limit', { channel: text('a') }, `"${'x'.repeat(1_000)}"`, /1002 bytes; at most 1000/],
    ['an unknown priority', { channel: text('a'), priority: text('urgent') }, '1', /header priority: expected one of/],
    ['no target', { channel: text('a'), targetUsers: [] }, '1', /header targetUsers: expected at least one user/],
    [
      'more targets than one may name',
      { channel: text('a'), targetUsers: Array.from({ length: 1_001 }, (_, n) => text(`${n}`)) },
      '1',
      /header targetUsers: expected at most 1000 users/,
    ],
    ['a target that is no name', { channel: text('a'), targetUsers: [text('')] }, '1', /header targetUsers/],
    ['a list that is longer than its body', { channel: text('a'), targetUsersBytes: 7 }, '["a"]1', /targetUsersBytes/],
    ['a list that is none', { channel: text('a'), targetUsersBytes: 2 }, '{}1', /header targetUsers: expected a list/],
  ])('[A-2] [B-3] with %s is poison, and says why', (_, headers, body, reason) => {
    expect(read(headers, body)).toMatchObject({ poison: { reason: expect.stringMatching(reason), queue: 'events.2' } });
  });

  it('[G-10] [A-2] on a channel of the service’s own is taken of the service, and of nobody else', () => {
    const headers = { channel: text('$service:connections') };
    expect(read(headers, '1', 'm', 'realtime-sync')).toMatchObject({
      broadcast: { channel: { text: '$service:connections' } },
    });
    for (const user of [undefined, 'back-end']) {
      expect(read(headers, '1', 'm', user)).toMatchObject({ poison: { reason: expect.stringContaining('$') } });
    }
  });

  it('[A-1] [A-2] that says which write of a publisher it is is taken of the service, and of nobody else', () => {
    const numbered = (sequence: string, user?: string) =>
      read({ channel: text('a'), sequence: text(sequence) }, '1', 'm', user);
    expect(numbered('7 a b', 'realtime-sync')).toMatchObject({
      broadcast: { sequence: { publisher: 'a b', number: 7 } },
    });
    for (const user of [undefined, 'back-end']) {
      expect(numbered('7 a', user)).toMatchObject({ poison: { reason: expect.stringContaining('sequence') } });
    }
    for (const sequence of ['', '7', '0 a', '7.5 a', 'a 7', `7 ${'x'.repeat(129)}`, `${'9'.repeat(17)} a`]) {
      expect(numbered(sequence, 'realtime-sync')).toMatchObject({
        poison: { reason: 'header sequence: expected a number and the name of a publisher' },
      });
    }
  });

  it('[A-2] [B-9] with brackets in brackets beyond number is poison', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const readAll = (body: string) => {
      const [delivery] = deliveriesOf(eventOf({ channel: text('a') }, body));
      return delivery && incomingOf(delivery, 10_000);
    };
    expect(readAll(nested(1_000))).toHaveProperty('broadcast');
    expect(readAll(nested(1_001))).toMatchObject({ poison: { reason: expect.stringContaining('brackets') } });
  });

  it.each([
    ['lists', (value: unknown) => [value]],
    ['tables', (value: unknown) => ({ within: value })],
  ])(
    '[A-2] with headers that are %s within others thousands deep is poison that can be put aside',
    async (_, around) => {
      let nested: unknown = text('deep');
      for (let depth = 0; depth < 20_000; depth++) nested = around(nested);
      const incoming = read({ 'x-other': nested, 'x-table': { of: [text('texts'), 7, null] } }, '1');
      if (!('poison' in incoming)) throw new Error('taken');
      const published: Options.Publish[] = [];
      const publisher = {
        publish: async (...[, , , options]: Parameters<Publisher['publish']>) => void published.push(options),
        deepest: async () => 0,
      };
      await new RabbitMqBus(publisher, topologyOf({ shards: 1 })).park(incoming.poison);
      expect(published[0]?.headers).toMatchObject({ 'x-table': { of: ['texts', 7, null] } });
      expect(JSON.stringify(published[0]?.headers)).toContain('nested too deep');
    },
  );

  it('[A-2] with a message_id that cannot be one is poison', () => {
    expect(read({ channel: text('a') }, '1', 'x'.repeat(129))).toHaveProperty('poison');
  });
});
