import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import type { HealthReport, HealthReports } from '../ports/health.ts';
import { orAway, type RedisClient } from './client.ts';
import type { Keys } from './keys.ts';

/** Milliseconds for which a report is kept: longer than between two of those who ask once a minute. */
const KEPT = 600_000;

const stored = v.object({
  at: v.number(),
  findings: v.record(
    v.string(),
    v.object({
      works: v.union([v.boolean(), v.literal('unknown')]),
      status: v.picklist(['healthy', 'degraded', 'unhealthy']),
      reason: v.optional(v.string()),
    }),
  ),
  shards: v.record(v.string(), v.object({ steps: v.number(), redelivered: v.number(), since: v.optional(v.number()) })),
});

const reportOf = (text: string): HealthReport | undefined => {
  try {
    return v.parse(stored, JSON.parse(text));
  } catch {
    // Another version wrote it.
    return undefined;
  }
};

/** The reports of those behind one gateway, in Redis. The time that is left of one tells its age by Redis’s own clock. */
export class RedisHealthReports implements HealthReports {
  readonly #redis: RedisClient;
  readonly #report: string;
  readonly #turn: string;

  /** @param endpoint - of the gateway: each instance has its own, and probes for itself. */
  constructor(redis: RedisClient, keys: Keys, endpoint: string) {
    this.#redis = redis;
    [this.#report, this.#turn] = keys.health(endpoint);
  }

  async read(): Promise<{ readonly report: HealthReport; readonly age: number } | undefined> {
    const [text, left] = await orAway(Promise.all([this.#redis.get(this.#report), this.#redis.pttl(this.#report)]));
    const report = text === null ? undefined : reportOf(text);
    return report && { report, age: Math.max(0, KEPT - left) };
  }

  async claim(duration: number): Promise<boolean> {
    // Named, so that it is known again where its reply was lost and it is sent once more.
    const name = randomBytes(9).toString('base64url');
    const taken = await orAway(this.#redis.set(this.#turn, name, 'PX', duration, 'NX', 'GET'));
    return taken === null || taken === name;
  }

  async write(report: HealthReport): Promise<void> {
    await orAway(
      Promise.all([this.#redis.set(this.#report, JSON.stringify(report), 'PX', KEPT), this.#redis.del(this.#turn)]),
    );
  }
}
