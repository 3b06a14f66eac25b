import { randomBytes } from 'node:crypto';
import type { Counters } from '../ports/meter.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds a writer’s last write is remembered. */
const REMEMBERED = 86_400_000;

/**
 * Milliseconds after which a write is not sent again: nobody knows then whether it was written, and what is counted must
 * not be counted twice. The rest of the time is for clocks that differ, and for a command that is on its way for long.
 */
const SENT_AGAIN = REMEMBERED - 3_600_000;

/** Milliseconds after which what no trip took along is written by itself. */
const PATIENCE = 1_000;

/** Milliseconds between two writes: under load one takes along what many frames counted. */
const INTERVAL = 50;

interface Write {
  readonly number: number;
  /** When it was sent first, milliseconds since 1970: what remembers it goes by the time of day as well. */
  readonly since: number;
  readonly added: ReadonlyMap<string, number>;
  readonly set: ReadonlyMap<string, number>;
}

/**
 * Counters in one hash. What is added waits in memory until commands are sent anyway and travels in their round trip;
 * only where none comes for a second it is written by itself. One write is under way at a time, and is sent again until
 * it is known to be written, which the step does once.
 */
export class RedisCounters implements Counters {
  readonly #redis: RedisClient;
  readonly #keys: readonly [counters: string, writer: string];
  #added = new Map<string, number>();
  #set = new Map<string, number>();
  #failed: Write | undefined;
  #underWay: Promise<void> | undefined;
  #writes = 0;
  #timer: NodeJS.Timeout | undefined;
  #wroteAt = Number.NEGATIVE_INFINITY;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = [keys.counters, keys.countersWriter(randomBytes(9).toString('base64url'))];
  }

  add(field: string, by: number): void {
    this.#added.set(field, (this.#added.get(field) ?? 0) + by);
    this.#wake();
  }

  set(field: string, value: number): void {
    this.#set.set(field, value);
    this.#wake();
  }

  ride(): void {
    if (performance.now() - this.#wroteAt >= INTERVAL) this.#send();
  }

  #send(): void {
    if (this.#underWay !== undefined) return;
    const write = this.#again() ?? this.#take();
    if (write === undefined) return;
    this.#underWay = this.#write(write);
  }

  async flush(): Promise<void> {
    // The first may be what was under way already.
    for (let tries = 0; tries < 2; tries++) {
      this.#send();
      await this.#underWay;
    }
  }

  async read(): Promise<ReadonlyMap<string, number>> {
    const fields = await orAway(this.#redis.hgetall(this.#keys[0]));
    return new Map(Object.entries(fields).map(([field, value]) => [field, Number(value)]));
  }

  /** What failed, unless it is too old to be sent again: then it is lost. */
  #again(): Write | undefined {
    const failed = this.#failed;
    this.#failed = undefined;
    return failed !== undefined && Date.now() - failed.since < SENT_AGAIN ? failed : undefined;
  }

  #take(): Write | undefined {
    if (this.#added.size + this.#set.size === 0) return undefined;
    const write = { number: ++this.#writes, since: Date.now(), added: this.#added, set: this.#set };
    this.#added = new Map();
    this.#set = new Map();
    return write;
  }

  async #write(write: Write): Promise<void> {
    this.#wroteAt = performance.now();
    try {
      await this.#redis.count(
        ...this.#keys,
        write.number,
        REMEMBERED,
        write.added.size,
        ...[...write.added].flat(),
        ...[...write.set].flat(),
      );
    } catch {
      // Whoever made the trip is told that Redis is away; counts wait for the next one.
      this.#failed = write;
    } finally {
      this.#underWay = undefined;
      if (this.#failed !== undefined || this.#added.size + this.#set.size > 0) this.#wake();
    }
  }

  #wake(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // While trips take counts along, none is made for them.
      if (performance.now() - this.#wroteAt < PATIENCE) this.#wake();
      else this.#send();
    }, PATIENCE);
    this.#timer.unref();
  }
}
