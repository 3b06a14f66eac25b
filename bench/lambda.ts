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

/** A batch of one shard, as the event source mapping hands it over. */
export const batchOf = (channels: readonly string[], data: string): RabbitMqEvent => ({
  eventSource: 'aws:rmq',
  eventSourceArn: 'arn:aws:mq:us-east-1:000000000000:broker:bench:b-0',
  rmqMessagesByQueue: {
    'events.0::/': channels.map((channel) => ({
      basicProperties: { headers: { channel: header(channel) } },
      redelivered: false,
      data: Buffer.from(data).toString('base64'),
    })),
  },
});
