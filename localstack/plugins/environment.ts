import { join } from 'node:path';
import { type Config, ConfigError, readConfig } from '../../lib/config.ts';
import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';
import { declare } from '../declaration.ts';
import { COMPLETE, readEnvironment } from '../dotenv.ts';
import { untilReachable } from '../servers/reachable.ts';
import { admissionSecret, localEndpoint } from '../settings.ts';
import { orEnd } from './or-end.ts';

/** Milliseconds; as long as `npm start` waits for servers of its own. Those of others it has asked by then. */
const SERVERS_PATIENCE = 180_000;
const BROUGHT_BY_START = /^(REDIS_URL|RABBITMQ_URL) is not set/;
const HINT = 'Set them in the environment or in .env, or run `npm start`, which brings its own Redis and RabbitMQ.';

/**
 * Makes `serverless offline` ready for this service: reads `.env`, checks the configuration and says what is missing,
 * waits for Redis and RabbitMQ, and declares the exchange and the queues.
 */
export default class Environment {
  readonly hooks: Hooks;
  readonly #serverless: Serverless;
  readonly #log: Log;

  constructor(serverless: Serverless, _options: CliOptions, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    this.hooks = {
      'before:offline:start:init': () => void this.#check(),
      // The gateway listens meanwhile; nobody is served before `GET /health` says so.
      'after:offline:start:init': () => this.#prepareOrEnd(),
      // The bare command `offline` has this one hook.
      'before:offline:start': () => this.#prepareOrEnd(),
    };
  }

  #prepareOrEnd(): Promise<void> {
    return orEnd(this.#serverless.serviceDir, () => this.#prepare());
  }

  /** @returns the settings, which the functions find in `process.env` from now on. */
  #check(): Config {
    const { serviceDir } = this.#serverless;
    try {
      if (!process.env[COMPLETE]) Object.assign(process.env, readEnvironment(join(serviceDir, '.env'), process.env));
      // Reading it a second time would bring back what the first reader took as not set.
      process.env[COMPLETE] = 'true';
      return this.#complete();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const hint = error.problems.some((problem) => BROUGHT_BY_START.test(problem)) ? `\n${HINT}` : '';
      throw new this.#serverless.classes.Error(`${error.message}${hint}`, 'CONFIGURATION_NOT_USABLE');
    }
  }

  #complete(): Config {
    process.env['WS_ENDPOINT'] = localEndpoint(process.env, Number(process.env['WS_PORT'] || 3001));
    process.env['ADMISSION_SECRET'] = admissionSecret(process.env);
    return readConfig(process.env);
  }

  async #prepare(): Promise<void> {
    const { rabbitmq, redis, limits } = this.#check();
    await Promise.all([
      untilReachable('redis', redis.url, { timeout: SERVERS_PATIENCE }),
      untilReachable('rabbitmq', rabbitmq.url, { timeout: SERVERS_PATIENCE }),
    ]);
    const { lowerLimit } = await declare(rabbitmq, limits.messageSize);
    if (lowerLimit === undefined) return;
    this.#log.warning(`RabbitMQ takes messages of ${lowerLimit} bytes; WS_MAX_MESSAGE_SIZE is ${limits.messageSize}`);
  }
}
