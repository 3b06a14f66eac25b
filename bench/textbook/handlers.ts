/**
 * A broadcast as public samples for API Gateway do it: read who is connected, post to each with the SDK, answer. No
 * history, no order, no confirmation beyond that. Kinder to it than most samples: clients are made once, sockets are
 * kept alive, and members stand in Redis.
 */
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { Redis } from 'ioredis';

interface WebSocketEvent {
  readonly requestContext: { readonly connectionId: string };
  readonly body: string;
}

const redis = new Redis(process.env['REDIS_URL'] as string, { keyPrefix: 'bench-textbook:' });

const gateway = new ApiGatewayManagementApiClient({
  endpoint: `http://127.0.0.1:${process.env['WS_PORT']}`,
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'y'.repeat(40) },
});

const answer = (body: object) => ({ statusCode: 200, body: JSON.stringify(body) });

export const connect = async () => ({ statusCode: 200 });

export const disconnect = async ({ requestContext: { connectionId } }: WebSocketEvent) => {
  const channels = await redis.smembers(`channels:${connectionId}`);
  for (const channel of channels) await redis.srem(`members:${channel}`, connectionId);
  await redis.del(`channels:${connectionId}`);
  return { statusCode: 200 };
};

export const subscribe = async ({ requestContext: { connectionId }, body }: WebSocketEvent) => {
  const { channel } = JSON.parse(body) as { channel: string };
  await redis.sadd(`members:${channel}`, connectionId);
  await redis.sadd(`channels:${connectionId}`, channel);
  return answer({ subscribed: channel });
};

export const broadcast = async ({ body }: WebSocketEvent) => {
  const { channel, data, id } = JSON.parse(body) as { channel: string; data: unknown; id: number };
  const members = await redis.smembers(`members:${channel}`);
  const Data = JSON.stringify({ channel, data });
  await Promise.all(
    members.map(async (ConnectionId) => {
      try {
        await gateway.send(new PostToConnectionCommand({ ConnectionId, Data }));
      } catch (error) {
        if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode !== 410) throw error;
        await redis.srem(`members:${channel}`, ConnectionId);
      }
    }),
  );
  return answer({ sent: id });
};
