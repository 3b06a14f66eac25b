import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { EventSourceMapping } from '../../localstack/plugins/event-source/mapping.ts';
import { arnOf, SecretsManagerServer } from '../secrets-manager.ts';
import { type Package, packageStage } from '../template/package.ts';
import { isObject, type Template } from '../template/template.ts';
import { ExecutionEnvironment } from './environment.ts';
import type { Surroundings } from './surroundings.ts';

export const ADMIN_KEY = 'an-admin-key-of-the-test';
export const BACK_END_PASSWORD = 'a-password-of-the-test';
/** What admissions are signed with, as while the secret is exchanged by hand. */
export const NEWER = 'a-newer-secret-of-the-test-0123456';
export const OLDER = 'a-secret-of-the-test-01234567890';

export interface StageOptions {
  readonly surroundings: Surroundings;
  /** The address of RabbitMQ. */
  readonly rabbitmqUrl: string;
  /** Of the queues, which are this stage's alone. */
  readonly generation: number;
  /** What its keys in Redis begin with. */
  readonly prefix: string;
}

/** The secrets of a stage, by the variables that name them. */
const secretsOf = (rabbitmqUrl: string): Readonly<Record<string, string>> => {
  const { username, password } = new URL(rabbitmqUrl);
  return {
    // The Redis of the tests takes any.
    REDIS_SECRET_ARN: decodeURIComponent(new URL(inject('redisUrl')).password) || 'a-password-of-the-test',
    RABBITMQ_SECRET_ARN: JSON.stringify({
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    }),
    RABBITMQ_BACK_END_SECRET_ARN: JSON.stringify({ username: 'back-end', password: BACK_END_PASSWORD }),
    ADMISSION_SECRET_ARN: `${NEWER} ${OLDER}`,
    ADMIN_KEY_SECRET_ARN: ADMIN_KEY,
  };
};

/** An address as a stage tells it, without user and password. */
const bare = (address: string): string => {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
};

/** The stage prod as it is packaged, with its functions run from their zips. */
export class PackagedStage {
  readonly #package: Package;
  readonly #options: StageOptions;
  readonly #environments = new Map<string, Promise<ExecutionEnvironment>>();

  /** Where its functions read their secrets. */
  readonly secretsManager: SecretsManagerServer;

  private constructor(packaged: Package, options: StageOptions, secretsManager: SecretsManagerServer) {
    this.#package = packaged;
    this.#options = options;
    this.secretsManager = secretsManager;
    for (const [variable, text] of Object.entries(secretsOf(options.rabbitmqUrl)))
      secretsManager.secrets.put(arnOf(variable), text);
  }

  static async make(options: StageOptions): Promise<PackagedStage> {
    const { issuer } = options.surroundings;
    const parameters = [`authJwksUrl=${issuer}`, `authJwtIssuer=${issuer}`, 'tracing=true'];
    const packaged = await packageStage('prod', {}, parameters);
    return new PackagedStage(packaged, options, await SecretsManagerServer.start());
  }

  get template(): Template {
    return this.#package.template;
  }

  /** The zip of a function that would be uploaded. */
  zipOf(key: string): string {
    return join(this.#package.directory, `${key}.zip`);
  }

  /** Starts an environment of a function. @param changes - to the variables that the template has. */
  async start(
    key: string,
    changes: Readonly<Record<string, string>> = {},
    timeout?: number,
  ): Promise<ExecutionEnvironment> {
    const resource = this.template.Resources[`${key.charAt(0).toUpperCase()}${key.slice(1)}LambdaFunction`];
    const properties = resource?.Properties ?? {};
    return ExecutionEnvironment.start({
      zip: this.zipOf(key),
      name: String(properties['FunctionName']),
      handler: String(properties['Handler']),
      timeout: timeout ?? Number(properties['Timeout']),
      memorySize: Number(properties['MemorySize']),
      variables: Object.fromEntries(
        Object.entries({ ...this.#variablesOf(properties), ...changes }).map(([name, value]) => [
          name,
          /^(REDIS|RABBITMQ)_URL$/.test(name) ? bare(value) : value,
        ]),
      ),
    });
  }

  /** Calls the one environment of a function, which is warm after its first invocation. */
  async invoke(key: string, event: unknown): Promise<unknown> {
    const environment = this.#environments.get(key) ?? this.start(key);
    this.#environments.set(key, environment);
    return (await environment).invoke(event);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#environments.values()].map(async (environment) => (await environment).stop()));
    this.secretsManager.stop();
    this.#package.remove();
  }

  /** The variables of the template, with what only a deployment knows filled in. */
  #variablesOf(properties: Readonly<Record<string, unknown>>): Record<string, string> {
    const { surroundings, rabbitmqUrl, generation, prefix } = this.#options;
    const { Variables = {} } = (properties['Environment'] ?? {}) as { Variables?: Readonly<Record<string, unknown>> };
    const resolved: Readonly<Record<string, string>> = {
      WS_ENDPOINT: surroundings.url,
      REDIS_URL: inject('redisUrl'),
      RABBITMQ_URL: rabbitmqUrl,
      RABBITMQ_MANAGEMENT_URL: surroundings.url,
      AUTH_JWKS_URL: `${surroundings.url}/jwks`,
      AUTH_JWT_ISSUER: surroundings.issuer,
      ...Object.fromEntries(Object.keys(secretsOf(rabbitmqUrl)).map((variable) => [variable, arnOf(variable)])),
    };
    const unresolved = Object.entries(Variables).filter(([name, value]) => isObject(value) && !(name in resolved));
    expect(unresolved, 'references this test can resolve').toEqual([]);
    return {
      // What a function is not told it does without.
      ...Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, resolved[name] ?? String(value)])),
      REDIS_CLUSTER: 'false',
      REDIS_KEY_PREFIX: prefix,
      RABBITMQ_GENERATION: String(generation),
      LOG_LEVEL: 'info',
      TRACING_ENABLED: 'false',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.secretsManager.url,
      // The servers of the tests have the passwords they come with.
      NODE_ENV: 'test',
    };
  }
}

/** The mapping of a queue, to a function that is called by `call`. */
export const mappingOf = (url: string, queue: string, call: (event: unknown) => Promise<unknown>): EventSourceMapping =>
  new EventSourceMapping(
    {
      url,
      queue,
      batchSize: 100,
      window: 0,
      functionName: queue,
      virtualHost: '/',
      arn: 'arn:aws:mq:us-east-1:000000000000:broker:test:b-0',
    },
    call,
    { error: console.error, warning: console.error, notice: () => {}, debug: () => {} },
  );
