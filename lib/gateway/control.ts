import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import type { SigningCredentials } from './sigv4.ts';

/** Milliseconds one request may take. */
const REQUEST_TIMEOUT = 3_000;

/** A local gateway checks no signature, but the SDK will not send without one. */
const UNCHECKED = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What a gateway answers that has no such interface. */
const NOT_SERVED = new Set([404, 405, 426]);

/** The status an SDK's error stands for, whether or not the gateway names its class; undefined where there was no answer. */
const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && '$metadata' in error
    ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode
    : undefined;

/**
 * The rare requests of `@connections`, made by the AWS SDK. It is imported when first needed: a function that only posts
 * does not pay for it at its start.
 */
export class ConnectionControl {
  readonly #region: string;
  readonly #credentials: (() => SigningCredentials) | undefined;
  readonly #clients = new Map<string, ApiGatewayManagementApiClient>();

  constructor(region: string, credentials: (() => SigningCredentials) | undefined) {
    this.#region = region;
    this.#credentials = credentials;
  }

  /** Closes a socket. One that is closed already will do. */
  async close(endpoint: string, connectionId: string): Promise<void> {
    const { DeleteConnectionCommand } = await sdk();
    const client = await this.#client(endpoint);
    try {
      await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    } catch (error) {
      if (statusOf(error) !== 410) throw error;
    }
  }

  /** Whether the gateway holds a socket; `unknown` where it is one that cannot say. */
  async find(endpoint: string, connectionId: string): Promise<'open' | 'gone' | 'unknown'> {
    const { GetConnectionCommand } = await sdk();
    const client = await this.#client(endpoint);
    try {
      await client.send(new GetConnectionCommand({ ConnectionId: connectionId }));
      return 'open';
    } catch (error) {
      const status = statusOf(error);
      if (status === 410) return 'gone';
      if (status !== undefined && NOT_SERVED.has(status)) return 'unknown';
      throw error;
    }
  }

  end(): void {
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
  }

  async #client(endpoint: string): Promise<ApiGatewayManagementApiClient> {
    const { ApiGatewayManagementApiClient } = await sdk();
    let client = this.#clients.get(endpoint);
    if (client === undefined) {
      const credentials = this.#credentials;
      client = new ApiGatewayManagementApiClient({
        endpoint,
        region: this.#region,
        credentials: async () => {
          const { accessKeyId, secretAccessKey, sessionToken } = credentials?.() ?? {
            ...UNCHECKED,
            sessionToken: undefined,
          };
          return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
        },
        // Without the last, a request that takes longer is only warned of, and waits for ever.
        requestHandler: {
          requestTimeout: REQUEST_TIMEOUT,
          connectionTimeout: REQUEST_TIMEOUT,
          throwOnRequestTimeout: true,
        },
        // Whoever asks comes again by itself, and has a deadline to keep.
        maxAttempts: 1,
      });
      this.#clients.set(endpoint, client);
    }
    return client;
  }
}

const sdk = () => import('@aws-sdk/client-apigatewaymanagementapi');
