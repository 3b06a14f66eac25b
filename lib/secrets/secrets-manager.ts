import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Secrets } from '../ports/secrets.ts';

/** Milliseconds to connect, and for an answer. A function has ten seconds to start, and each secret is asked for thrice. */
const CONNECT_TIMEOUT = 1_000;
const ANSWER_TIMEOUT = 2_000;

export interface SecretsManagerSettings {
  readonly region: string;
  /** Undefined where the SDK is to find them by itself. */
  readonly credentials:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken: string | undefined;
      }
    | undefined;
}

/** What went wrong, as the service said it, and not as it was handed on. */
const causeOf = (error: unknown): unknown => (error instanceof Error ? (error.cause ?? error) : error);

/** AWS Secrets Manager. Names are ARNs. Its address is the region’s, or what AWS_ENDPOINT_URL_SECRETS_MANAGER says. */
export class SecretsManager implements Secrets {
  readonly #provider: SecretsProvider;

  constructor({ region, credentials }: SecretsManagerSettings) {
    const awsSdkV3Client = new SecretsManagerClient({
      region,
      ...(credentials === undefined ? {} : { credentials: identityOf(credentials) }),
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT,
        requestTimeout: ANSWER_TIMEOUT,
        // By itself the SDK only warns of it.
        throwOnRequestTimeout: true,
      },
    });
    this.#provider = new SecretsProvider({ awsSdkV3Client });
  }

  async current(name: string): Promise<string> {
    const text = await this.#get(name, 'AWSCURRENT');
    if (text === undefined) throw new Error('it has no value');
    return text;
  }

  async previous(name: string): Promise<string | undefined> {
    try {
      return await this.#get(name, 'AWSPREVIOUS');
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async #get(name: string, VersionStage: string): Promise<string | undefined> {
    try {
      // Who asks knows how old a value may be: here nothing is kept.
      const value = await this.#provider.get(name, { forceFetch: true, maxAge: 0, sdkOptions: { VersionStage } });
      return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
    } catch (error) {
      throw causeOf(error);
    }
  }
}

const identityOf = ({ sessionToken, ...identity }: NonNullable<SecretsManagerSettings['credentials']>) => ({
  ...identity,
  ...(sessionToken === undefined ? {} : { sessionToken }),
});
