import type { Context } from 'aws-lambda';
import type { RabbitMqEvent } from '../lib/rabbitmq/lambda-event.ts';

/** What Lambda tells a function of one invocation. */
export const contextOf = (functionName: string): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
  memoryLimitInMB: '1024',
  awsRequestId: 'bench',
  logGroupName: 'bench',
  logStreamName: 'bench',
  getRemainingTimeInMillis: () => 60_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
});

const header = (text: string) => ({ bytes: [...Buffer.from(text)] });

export interface Message {
  readonly channel: string;
  readonly body: Uint8Array;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** A batch of one shard, as the event source mapping hands it over. */
export const batchOfMessages = (messages: readonly Message[]): RabbitMqEvent => ({
  eventSource: 'aws:rmq',
  eventSourceArn: 'arn:aws:mq:us-east-1:000000000000:broker:bench:b-0',
  rmqMessagesByQueue: {
    'events.0::/': messages.map(({ channel, body, headers }) => ({
      basicProperties: { headers: { channel: header(channel), ...headers } },
      redelivered: false,
      data: Buffer.from(body).toString('base64'),
    })),
  },
});

/** Likewise, where all events have the same data. */
export const batchOf = (channels: readonly string[], data: string): RabbitMqEvent =>
  batchOfMessages(channels.map((channel) => ({ channel, body: Buffer.from(data) })));
