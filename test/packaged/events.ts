import { randomUUID } from 'node:crypto';

/**
 * Events as AWS documents them, whole: what a function does not look at is there as well.
 */

const DOMAIN = 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com';

const websocketContext = (connectionId: string, routeKey: string, eventType: string) => ({
  routeKey,
  eventType,
  extendedRequestId: 'JKJaXmPLvHcESHA=',
  requestTime: '24/Nov/2026:09:28:29 +0000',
  messageDirection: 'IN',
  stage: 'prod',
  connectedAt: 1_795_512_509_000,
  requestTimeEpoch: 1_795_512_509_000,
  identity: { userAgent: 'example', sourceIp: '198.51.100.7' },
  requestId: randomUUID(),
  domainName: DOMAIN,
  connectionId,
  apiId: 'a1b2c3d4e5',
});

export const authorizerEvent = (
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
  connectionId = 'c-authorizer=',
) => ({
  type: 'REQUEST',
  methodArn: 'arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/prod/$connect',
  headers: { Host: DOMAIN, 'Sec-WebSocket-Version': '13', ...headers },
  multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  queryStringParameters: query,
  multiValueQueryStringParameters: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]])),
  stageVariables: {},
  requestContext: websocketContext(connectionId, '$connect', 'CONNECT'),
});

export const connectEvent = (
  connectionId: string,
  context: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
) => ({
  headers: { Host: DOMAIN, 'Sec-WebSocket-Version': '13', 'X-Forwarded-Proto': 'https', ...headers },
  multiValueHeaders: { Host: [DOMAIN] },
  requestContext: { ...websocketContext(connectionId, '$connect', 'CONNECT'), authorizer: context },
  isBase64Encoded: false,
});

export const messageEvent = (
  connectionId: string,
  context: Readonly<Record<string, unknown>>,
  message: Readonly<Record<string, unknown>> | string,
  route = typeof message !== 'string' && message['type'] === 'replay' ? 'replay' : '$default',
) => ({
  requestContext: {
    ...websocketContext(connectionId, route, 'MESSAGE'),
    messageId: 'JKJaXmPLvHcESHA=',
    authorizer: context,
  },
  body: typeof message === 'string' ? message : JSON.stringify(message),
  isBase64Encoded: false,
});

export const disconnectEvent = (connectionId: string, context: Readonly<Record<string, unknown>>) => ({
  headers: { Host: DOMAIN, 'x-api-key': '', 'x-restapi': '' },
  multiValueHeaders: { Host: [DOMAIN] },
  requestContext: {
    ...websocketContext(connectionId, '$disconnect', 'DISCONNECT'),
    disconnectStatusCode: 1001,
    disconnectReason: 'Going away',
    authorizer: context,
  },
  isBase64Encoded: false,
});

interface Asked {
  /** The path as the API has it, with what stands in for its parts: `/users/{user}/connections`. */
  readonly route?: string;
  /** What stands there in this request. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const httpEvent = (
  method: string,
  path: string,
  { route = path, parameters = {}, headers = {}, query = {}, body = '' }: Asked = {},
) => ({
  version: '2.0',
  routeKey: `${method} ${route}`,
  rawPath: path,
  rawQueryString: new URLSearchParams(query).toString(),
  headers: {
    ...headers,
    ...{ accept: '*/*', host: DOMAIN, 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' },
  },
  ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
  ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: parameters }),
  requestContext: {
    accountId: '000000000000',
    apiId: 'a1b2c3d4e5',
    domainName: DOMAIN,
    domainPrefix: 'a1b2c3d4e5',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '198.51.100.7', userAgent: 'example' },
    requestId: 'JKJaXmPLvHcESHA=',
    routeKey: `${method} ${route}`,
    stage: '$default',
    time: '24/Nov/2026:09:28:29 +0000',
    timeEpoch: 1_795_512_509_000,
  },
  ...(body === '' ? {} : { body }),
  isBase64Encoded: false,
});

export const scheduledEvent = () => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: '2026-11-24T09:28:29Z',
  region: 'us-east-1',
  resources: ['arn:aws:events:us-east-1:000000000000:rule/example'],
  detail: {},
});

export const rabbitMqDelivery = (
  queue: string,
  body: unknown,
  more: Readonly<Record<string, unknown>> = {},
  redelivered = false,
) => ({
  eventSource: 'aws:rmq',
  eventSourceArn: 'arn:aws:mq:us-east-1:000000000000:broker:example:b-0',
  rmqMessagesByQueue: {
    [`${queue}::/`]: [
      {
        basicProperties: {
          contentType: 'application/json',
          contentEncoding: null,
          headers: {},
          deliveryMode: 2,
          priority: null,
          correlationId: null,
          replyTo: null,
          expiration: null,
          messageId: null,
          timestamp: null,
          type: null,
          userId: null,
          appId: null,
          clusterId: null,
          bodySize: JSON.stringify(body).length,
          ...more,
        },
        redelivered,
        data: Buffer.from(JSON.stringify(body)).toString('base64'),
      },
    ],
  },
});

export const customResourceEvent = (type: 'Create' | 'Update' | 'Delete', address: string) => ({
  RequestType: type,
  ServiceToken: 'arn:aws:lambda:us-east-1:000000000000:function:topology',
  ResponseURL: address,
  StackId: 'arn:aws:cloudformation:us-east-1:000000000000:stack/realtime-sync-prod/1',
  RequestId: randomUUID(),
  LogicalResourceId: 'Topology',
  ...(type === 'Create' ? {} : { PhysicalResourceId: 'events' }),
  ResourceType: 'Custom::Topology',
  ResourceProperties: { ServiceToken: 'arn', Shards: '4', Generation: '1' },
});
