import { deployedAt, management, rabbitmq } from '../config/variables.ts';
import { config } from '../config.ts';
import type { OpenConnections } from '../ports/open-connections.ts';
import { foreignBindings } from '../rabbitmq/bindings.ts';
import { QueueObserver, type QueueState } from '../rabbitmq/queues.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { RedisOpenConnections } from '../redis/open-connections.ts';
import { systemClock } from '../sync/clock.ts';
import { examine, type Health } from '../sync/health.ts';
import { logger } from '../telemetry/logger.ts';
import { type Reading, readingsOf, seriesText } from '../telemetry/metrics/series.ts';
import type { DimensionsOf, GaugeName } from '../telemetry/metrics/table.ts';
import { eventLoopDelay, processStart } from '../telemetry/process.ts';
import { atEnd } from './at-end.ts';
import { composeChecks } from './checks.ts';
import { composeRedis } from './redis.ts';

/** Milliseconds each check may take, and each look at the queues. */
const PATIENCE = 2_000;

/** What those see who watch over the service. */
export interface Monitor {
  readonly openConnections: OpenConnections;
  readonly startedAt: number;
  /** Never rejected: what does not answer in time is a check that failed. */
  health(): Promise<Health>;
  /** The state of every queue. @throws DependencyAway */
  queues(): Promise<readonly QueueState[]>;
  /** Every metric as it stands. @throws DependencyAway where the counters cannot be read. */
  readings(): Promise<readonly Reading[]>;
}

/** Composes it, with connections of its own to Redis and RabbitMQ. */
export const composeMonitor = () => {
  const redis = composeRedis();
  const { url, ...sharding } = config(rabbitmq);
  const observer = new QueueObserver(url);
  atEnd(() => observer.end());
  const topology = topologyOf(sharding);
  const consumed = [...topology.shards, topology.connections];
  const openConnections = new RedisOpenConnections(redis.client, redis.keys);
  const startedAt = config(deployedAt) ?? processStart();
  const { managementUrl } = config(management);
  /** Nobody may be there to tell, or not just now. */
  const foreign = async (): Promise<readonly string[] | undefined> =>
    managementUrl === undefined
      ? undefined
      : foreignBindings({ url: managementUrl, timeout: PATIENCE / 2 }, url, topology).catch(() => undefined);
  const checks = composeChecks({
    pingRedis: () => redis.client.ping(),
    queues: () => observer.look(consumed, PATIENCE),
    foreign,
  });

  const health = (): Promise<Health> =>
    examine(systemClock, checks, PATIENCE, startedAt, (check, error) =>
      logger.warn(`health: ${check} failed`, error as Error),
    );
  const queues = () => observer.look([...consumed, topology.parked], PATIENCE);

  const readings = async (): Promise<readonly Reading[]> => {
    const [numbers, open, delay, { checks: results, uptime }, states, bound] = await Promise.all([
      redis.counters.read(),
      openConnections.count(),
      eventLoopDelay(),
      health(),
      // The health says that the broker is away; what is known otherwise is shown all the same.
      queues().catch((): readonly QueueState[] => []),
      foreign(),
    ]);
    const all = new Map(numbers);
    const set = <M extends GaugeName>(metric: M, dimensions: DimensionsOf<M>, value: number): void =>
      void all.set(seriesText(metric, dimensions), value);
    set('connections', {}, open);
    set('event_loop_delay', {}, delay);
    set('uptime', {}, uptime);
    for (const [check, works] of Object.entries(results)) {
      if (works !== 'unknown') set('health', { check }, works ? 1 : 0);
    }
    if (bound !== undefined) set('rabbitmq_foreign_bindings', {}, bound.length);
    for (const { queue, depth, consumers } of states) {
      set('rabbitmq_queue_depth', { queue }, depth);
      set('rabbitmq_queue_consumers', { queue }, consumers);
      // A shard that holds nothing has nothing waiting, whatever its last batch had.
      if (depth === 0 && topology.shards.includes(queue)) set('rabbitmq_shard_lag', { queue }, 0);
    }
    return readingsOf(all);
  };

  const monitor: Monitor = { openConnections, startedAt, health, queues, readings };
  return { monitor, sessions: redis.sessions, telemetry: redis };
};
