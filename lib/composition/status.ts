import { appended, history, limits, production, rabbitmq, redis, stage } from '../config/variables.ts';
import { config } from '../config.ts';
import type { ServiceStatus } from '../protocol/http/service-status.ts';
import { PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Reading } from '../telemetry/metrics/series.ts';
import type { MetricName } from '../telemetry/metrics/table.ts';
import type { Monitor } from './monitor.ts';
import { kept } from './secrets.ts';

const total = (readings: readonly Reading[], metric: MetricName): number =>
  readings.reduce(
    (sum, { metric: name, value }) => (name === metric && typeof value === 'number' ? sum + value : sum),
    0,
  );

/**
 * What `GET /status` says: what runs, with which settings, how it is and what it did so far.
 *
 * @throws DependencyAway where Redis does not say.
 */
export const statusOf = async (monitor: Monitor): Promise<ServiceStatus> => {
  const { enabled, retention, maxEvents } = config(history);
  const { messageSize, subscriptions } = config(limits);
  const announced = config(appended);
  const [health, readings, queues] = await Promise.all([
    monitor.health(),
    monitor.readings(),
    monitor.queues().catch(() => []),
  ]);
  return {
    service: 'realtime-sync',
    stage: config(stage),
    production: config(production),
    protocol: PROTOCOL_VERSION,
    node: process.version,
    startedAt: new Date(monitor.startedAt).toISOString(),
    ...health,
    settings: {
      shards: kept(rabbitmq).latest.shards,
      redisCluster: kept(redis).latest.cluster,
      limits: { messageSize, subscriptions },
      replay: { enabled, retention, maxEvents },
      appended: { enabled: announced.enabled, private: announced.private },
    },
    connections: total(readings, 'connections'),
    events: {
      accepted: total(readings, 'events_accepted'),
      appended: total(readings, 'events_appended'),
      delivered: total(readings, 'events_delivered'),
      parked: total(readings, 'events_parked'),
    },
    queues,
  };
};
