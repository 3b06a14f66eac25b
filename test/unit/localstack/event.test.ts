import type { MessageProperties } from 'amqplib';
import { describe, expect, test } from 'vitest';
import { MOST_OF_MESSAGE } from '../../../lib/config/variables.ts';
import { rabbitMqEvent, type SourceMessage } from '../../../localstack/plugins/event-source/event.ts';

const ORIGIN = { arn: 'arn:aws:mq:eu-west-1:1:broker:b:b-1', queue: 'events.0', virtualHost: '/' };

const message = (properties: Partial<MessageProperties>, body = '{}'): SourceMessage => ({
  content: Buffer.from(body),
  fields: { redelivered: false },
  properties: properties as MessageProperties,
});

const only = (properties: Partial<MessageProperties>, body?: string) =>
  rabbitMqEvent(ORIGIN, [message(properties, body)]).rmqMessagesByQueue['events.0::/']?.[0];

describe('the event of a batch', () => {
  test('has the shape Lambda gives it', () => {
    const event = rabbitMqEvent(ORIGIN, [
      {
        content: Buffer.from('{"timeout":0}'),
        fields: { redelivered: true },
        properties: {
          contentType: 'text/plain',
          contentEncoding: undefined,
          headers: { header1: 'value1', numberInHeader: 10 },
          deliveryMode: 1,
          priority: 34,
          correlationId: undefined,
          replyTo: undefined,
          expiration: '60000',
          messageId: undefined,
          timestamp: 1_700_000_000,
          type: undefined,
          userId: 'AIDACKCEVSQ6C2EXAMPLE',
          appId: undefined,
          clusterId: undefined,
        },
      },
    ]);
    expect(event).toEqual({
      eventSource: 'aws:rmq',
      eventSourceArn: 'arn:aws:mq:eu-west-1:1:broker:b:b-1',
      rmqMessagesByQueue: {
        'events.0::/': [
          {
            basicProperties: {
              contentType: 'text/plain',
              contentEncoding: null,
              headers: { header1: { bytes: [118, 97, 108, 117, 101, 49] }, numberInHeader: 10 },
              deliveryMode: 1,
              priority: 34,
              correlationId: null,
              replyTo: null,
              expiration: '60000',
              messageId: null,
              timestamp: '1700000000',
              type: null,
              userId: 'AIDACKCEVSQ6C2EXAMPLE',
              appId: null,
              clusterId: null,
              bodySize: 13,
            },
            redelivered: true,
            data: 'eyJ0aW1lb3V0IjowfQ==',
          },
        ],
      },
    });
  });

  test('shows texts in headers as bytes, however deep', () => {
    const headers = { list: ['é', 1], table: { inner: 'a' }, raw: Buffer.from([255]), flag: true, nothing: null };
    expect(only({ headers })?.basicProperties['headers']).toEqual({
      list: [{ bytes: [195, 169] }, 1],
      table: { inner: { bytes: [97] } },
      raw: { bytes: [255] },
      flag: true,
      nothing: null,
    });
  });

  test('tells no headers from empty ones', () => {
    expect(only({})?.basicProperties['headers']).toBeNull();
    expect(only({ headers: {} })?.basicProperties['headers']).toEqual({});
  });

  test('keeps a batch in queue order', () => {
    const batch = ['a', 'b', 'c'].map((body) => message({}, body));
    const data = rabbitMqEvent(ORIGIN, batch).rmqMessagesByQueue['events.0::/']?.map((each) => each.data);
    expect(data).toEqual(['YQ==', 'Yg==', 'Yw==']);
  });

  test('is no larger than Lambda takes, with the largest message and the largest header there may be', () => {
    const headers = { channel: '\u{10ffff}'.repeat(131_072 / 4) };
    const event = rabbitMqEvent(ORIGIN, [message({ headers }, 'a'.repeat(MOST_OF_MESSAGE))]);
    // "Lambda quotas": the payload of a synchronous invocation.
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(6 * 1_048_576);
  });
});
