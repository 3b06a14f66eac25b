import { randomBytes } from 'node:crypto';
import { type Cursors, MOST_CURSOR_BYTES } from '../ports/cursors.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds a cursor is kept. */
const KEPT = 600_000;

/** Milliseconds it is kept from when it is asked for as shared. */
const KEPT_ON = KEPT + 60_000;

/** 144 bits, so that none can be guessed. */
const NAME = /^[\w-]{24}$/;

/** Cursors in Redis, each under its user’s name. */
export class RedisCursors implements Cursors {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async save(user: string, content: string): Promise<string> {
    const name = randomBytes(18).toString('base64url');
    const keys = [this.#keys.cursor(user, name), ...this.#keys.cursorsOf(user)];
    await orAway(this.#redis.keep(...keys, content, KEPT, MOST_CURSOR_BYTES));
    return name;
  }

  async load(user: string, name: string): Promise<string | undefined> {
    if (!NAME.test(name)) return undefined;
    return (await orAway(this.#redis.get(this.#keys.cursor(user, name)))) ?? undefined;
  }

  async loadShared(user: string, name: string): Promise<string | undefined> {
    if (!NAME.test(name)) return undefined;
    return (await orAway(this.#redis.getex(this.#keys.cursor(user, name), 'PX', KEPT_ON))) ?? undefined;
  }
}
