import { readConfig } from '../../lib/config.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisLeases } from '../../lib/redis/leases.ts';
import type { CliOptions, Hooks, Log, PluginTools, Serverless } from '../../serverless/framework.ts';

/** Milliseconds between two renewals: a lease outlives one that fails. */
const RENEWAL = 10_000;

/**
 * Says in Redis that this instance lives, for as long as it does: others that share Redis and RabbitMQ post to the sockets it
 * holds, and know by this when they wait for nobody. Put it behind the plugin that waits for Redis.
 */
export default class Lease {
  readonly hooks: Hooks;
  readonly #log: Log;
  #redis: RedisClient | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(_serverless: Serverless, _options: CliOptions, { log }: PluginTools) {
    this.#log = log;
    this.hooks = {
      'after:offline:start:init': () => this.#begin(),
      'before:offline:start': () => this.#begin(),
      'offline:start:end': () => this.#end(),
    };
  }

  async #begin(): Promise<void> {
    if (this.#redis !== undefined) return;
    const { redis, gateway } = readConfig(process.env);
    this.#redis = connectRedis(redis, (error) => this.#log.error(`Redis: ${error.message}`));
    const leases = new RedisLeases(this.#redis, keysUnder(redis.keyPrefix));
    // Where Redis is away nothing is posted either; the next renewal comes soon.
    const renew = () => leases.renew(gateway.endpoint).catch(() => undefined);
    await renew();
    this.#timer = setInterval(() => void renew(), RENEWAL).unref();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#redis?.disconnect();
  }
}
