import { Cluster, type Redis } from 'ioredis';
import type { Bell } from '../ports/bell.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Characters of the channels that are told by name: what every listener is sent, of a large batch too. */
const MOST_NAMED = 4_096;

const separator = '\n';

type OnRing = (channels: readonly string[] | undefined) => void;

/** A connection that does nothing but listen. */
interface Ear {
  readonly listeners: Set<OnRing>;
  readonly ready: Promise<unknown>;
  close(): void;
}

/** A connection of its own to the same servers, which knows no steps: `subscribe` is the name of one. */
const separate = (redis: RedisClient): Redis | Cluster =>
  redis instanceof Cluster ? redis.duplicate(undefined, { scripts: {} }) : redis.duplicate({ scripts: {} });

/**
 * A bell by Redis' publish and subscribe. There is a connection for as long as somebody listens: one that is kept would be
 * deaf, and nobody would know, once the function was frozen.
 */
export class RedisBell implements Bell {
  readonly #redis: RedisClient;
  readonly #name: string;
  #ear: Ear | undefined;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#name = keys.bell;
  }

  ring(channels: readonly string[]): void {
    if (channels.length === 0) return;
    const named = [...new Set(channels)].join(separator);
    this.#redis.publish(this.#name, named.length > MOST_NAMED ? '' : named).catch(() => undefined);
  }

  async listen(onRing: OnRing): Promise<() => void> {
    const ear = this.#ear ?? this.#open();
    this.#ear = ear;
    const listener: OnRing = (channels) => onRing(channels);
    ear.listeners.add(listener);
    const end = (): void => {
      ear.listeners.delete(listener);
      if (ear.listeners.size > 0) return;
      if (this.#ear === ear) this.#ear = undefined;
      ear.close();
    };
    try {
      await orAway(ear.ready);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  #open(): Ear {
    const listeners = new Set<OnRing>();
    const client = separate(this.#redis);
    // Whoever waits for events looks for them all the same.
    client.on('error', () => undefined);
    client.on('message', (_: string, named: string) => {
      const channels = named === '' ? undefined : named.split(separator);
      for (const listener of listeners) listener(channels);
    });
    return { listeners, ready: client.subscribe(this.#name), close: () => client.disconnect() };
  }
}
