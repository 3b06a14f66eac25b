import { beforeEach, expect, it, vi } from 'vitest';
import { ConnectionControl } from '../../../lib/gateway/control.ts';

interface Options {
  readonly credentials: () => Promise<unknown>;
}

const sdk = vi.hoisted(() => ({
  /** What clients were made with, in their order. */
  made: [] as Options[],
  sent: [] as unknown[],
  destroyed: 0,
  /** What a request fails with, if anything. */
  failure: undefined as { readonly error: unknown } | undefined,
}));

vi.mock('@aws-sdk/client-apigatewaymanagementapi', () => ({
  ApiGatewayManagementApiClient: class {
    readonly number: number;
    constructor(options: Options) {
      this.number = sdk.made.push(options);
    }
    async send(command: object): Promise<void> {
      sdk.sent.push({ client: this.number, ...command });
      if (sdk.failure !== undefined) throw sdk.failure.error;
    }
    destroy(): void {
      sdk.destroyed++;
    }
  },
  GetConnectionCommand: class {
    readonly find: unknown;
    constructor(input: unknown) {
      this.find = input;
    }
  },
  DeleteConnectionCommand: class {
    readonly close: unknown;
    constructor(input: unknown) {
      this.close = input;
    }
  },
}));

beforeEach(() => {
  Object.assign(sdk, { made: [], sent: [], destroyed: 0, failure: undefined });
});

const answered = (httpStatusCode?: number) => ({ error: { $metadata: { httpStatusCode } } });

it('asks each endpoint through a client of its own, which is kept until it ends', async () => {
  const control = new ConnectionControl('eu-west-1', undefined);
  expect(await control.find('https://a', '1')).toBe('open');
  await control.close('https://a', '2');
  await control.close('https://b', '3');
  expect(sdk.sent).toEqual([
    { client: 1, find: { ConnectionId: '1' } },
    { client: 1, close: { ConnectionId: '2' } },
    { client: 2, close: { ConnectionId: '3' } },
  ]);
  control.end();
  expect(sdk.destroyed).toBe(2);
  await control.find('https://a', '4');
  expect(sdk.made).toHaveLength(3);
});

it('has a client try once, for three seconds, in the region', async () => {
  await new ConnectionControl('eu-west-1', undefined).find('https://a', '1');
  expect(sdk.made).toEqual([
    {
      ...{ endpoint: 'https://a', region: 'eu-west-1', maxAttempts: 1, credentials: expect.any(Function) },
      requestHandler: { requestTimeout: 3_000, connectionTimeout: 3_000, throwOnRequestTimeout: true },
    },
  ]);
});

it.each([
  [undefined, { accessKeyId: 'local', secretAccessKey: 'local' }],
  [
    { accessKeyId: 'a', secretAccessKey: 's', sessionToken: undefined },
    { accessKeyId: 'a', secretAccessKey: 's' },
  ],
  [
    { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' },
    { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' },
  ],
])('signs with the credentials of the moment: %j', async (credentials, signed) => {
  await new ConnectionControl('r', credentials && (() => credentials)).find('https://a', '1');
  expect(await sdk.made[0]?.credentials()).toStrictEqual(signed);
});

it.each([
  [410, 'gone'],
  [404, 'unknown'],
  [405, 'unknown'],
  [426, 'unknown'],
])('takes %i for %s', async (status, found) => {
  sdk.failure = answered(status);
  expect(await new ConnectionControl('r', undefined).find('https://a', '1')).toBe(found);
});

it('has nothing to close where a connection is gone', async () => {
  sdk.failure = answered(410);
  await new ConnectionControl('r', undefined).close('https://a', '1');
});

it.each([answered(403), answered(429), answered(500), answered(), { error: null }, { error: 'x' }, { error: {} }])(
  'passes on what is no answer: %j',
  async (failure) => {
    sdk.failure = failure;
    const control = new ConnectionControl('r', undefined);
    await expect(control.find('https://a', '1')).rejects.toBe(failure.error);
    await expect(control.close('https://a', '1')).rejects.toBe(failure.error);
  },
);
