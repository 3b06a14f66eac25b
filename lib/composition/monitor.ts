import {
  appended,
  deployedAt,
  gateway,
  history as historySettings,
  management,
  onLambda,
  rabbitmq,
  serviceEvents,
} from '../config/variables.ts';
import { config } from '../config.ts';
import type { Directory } from '../ports/directory.ts';
import { type HealthReport, type ShardProgress, Unable } from '../ports/health.ts';
import type { LimitedUsers } from '../ports/limited.ts';
import { partOf } from '../ports/rotating.ts';
import type { Channel } from '../protocol/channel.ts';
import { ERRORS } from '../protocol/errors.ts';
import { FIGURES } from '../protocol/http/figures.ts';
import type { Health } from '../protocol/http/health.ts';
import type { PastPoint } from '../protocol/http/past.ts';
import type { QueueState } from '../protocol/http/service-status.ts';
import { REQUESTS, WRAPPINGS } from '../protocol/messages/table.ts';
import type { UserConnection } from '../protocol/open-connections.ts';
import type { Pattern } from '../protocol/pattern.ts';
import { foreignBindings } from '../rabbitmq/bindings.ts';
import { ConfirmProbe } from '../rabbitmq/confirm-probe.ts';
import { QueueObserver } from '../rabbitmq/queues.ts';
import { topologyOf } from '../rabbitmq/topology.ts';
import { RedisHealthReports } from '../redis/health-reports.ts';
import { RedisLimitedUsers } from '../redis/limited.ts';
import { RedisPast } from '../redis/past.ts';
import { probeRedis } from '../redis/probe.ts';
import { type ChannelsHeard, channelsHeard } from '../sync/channels-heard.ts';
import { systemClock } from '../sync/clock.ts';
import { examine, healthOf } from '../sync/health.ts';
import { hearingOf } from '../sync/hearing.ts';
import { Listeners, type Listening } from '../sync/listening.ts';
import { notePast } from '../sync/note-past.ts';
import { Probes } from '../sync/probes.ts';
import { judgeShards, progressOf } from '../sync/shard-progress.ts';
import { logFailure, logger } from '../telemetry/logger.ts';
import { metricsJson } from '../telemetry/metrics/json.ts';
import { type Reading, readingsOf, seriesText } from '../telemetry/metrics/series.ts';
import type { CounterName, DimensionsOf, GaugeName } from '../telemetry/metrics/table.ts';
import { eventLoopDelay, processStart } from '../telemetry/process.ts';
import { atEnd } from './at-end.ts';
import { composeBacklog } from './backlog.ts';
import { composeProbes, OWN_CHECKS } from './checks.ts';
import { composeGateway } from './gateway.ts';
import { composeHistory } from './history.ts';
import { limitsOf } from './limits.ts';
import { composeRedis } from './redis.ts';
import { kept } from './secrets.ts';
import { composeServiceEvents } from './service-events.ts';

/** Milliseconds each check may take, and each look at the queues. */
const PATIENCE = 2_000;

const onFailure = (check: string, error: unknown): void => logger.warn(`health: ${check} failed`, error as Error);

/** The metrics that figures are of. */
const CHARTED: ReadonlySet<string> = new Set(Object.values(FIGURES).map(({ metric }) => metric));

/** Sets gauges in numbers by their series. */
const settingIn =
  (all: Map<string, number>) =>
  <M extends GaugeName>(metric: M, dimensions: DimensionsOf<M>, value: number): void =>
    void all.set(seriesText(metric, dimensions), value);

/** What those see who watch over the service. */
export interface Monitor {
  readonly directory: Directory;
  /** The connections of a user and, of a channel, whether each hears it and why; and whether the gateway has them. @throws DependencyAway */
  hearing(user: string, channel: Channel | undefined, isLookedFor: boolean): Promise<readonly UserConnection[]>;
  readonly limitedUsers: LimitedUsers;
  /** Whether messages are counted against limits; of a user, whether the user’s are. */
  counts(user?: string): boolean;
  /** A page of those who hear a channel. @throws DependencyAway */
  listeners(channel: Channel, most: number, after: string | undefined): Promise<Listening>;
  /** A page of the channels with a history that a pattern matches. @throws DependencyAway */
  channels(pattern: Pattern, most: number, after: string | undefined): Promise<ChannelsHeard>;
  readonly startedAt: number;
  /** Never rejected: what does not answer in time is a check that failed. */
  health(): Promise<Health>;
  /** The state of every queue. @throws DependencyAway */
  queues(): Promise<readonly QueueState[]>;
  /** Keeps the figures of now for an hour, unless somebody did within the last ten seconds. @throws DependencyAway */
  note(): Promise<void>;
  /** The figures of the last hour, the oldest first. @throws DependencyAway */
  past(): Promise<readonly PastPoint[]>;
  /** Every metric as it stands; its figures are kept. @throws DependencyAway where the counters cannot be read. */
  readings(): Promise<readonly Reading[]>;
}

/** Composes it, with connections of its own to Redis and RabbitMQ. */
export const composeMonitor = () => {
  const redis = composeRedis();
  const broker = kept(rabbitmq);
  const address = partOf(broker, ({ url }) => url);
  const observer = new QueueObserver(address);
  atEnd(() => observer.end());
  const topology = topologyOf(broker.latest);
  const consumed = [...topology.shards, topology.connections];
  const announced = config(appended);
  const backlog = composeBacklog(redis);
  const { directory } = redis;
  const isTelling = config(serviceEvents).told.length > 0;
  const telling = composeServiceEvents(redis);
  const limits = limitsOf();
  const events = composeHistory(redis);
  const listeners = new Listeners(redis.subscriptions, logFailure('A pattern that has listeners cannot be read'));
  const past = new RedisPast(redis.client, redis.keys);
  const startedAt = config(deployedAt) ?? processStart();
  const managed = kept(management);
  const managementAddress = partOf(managed, ({ managementUrl }) => managementUrl ?? '');
  /** Nobody may be there to tell, or not just now. */
  const foreign = async (): Promise<readonly string[] | undefined> =>
    managed.latest.managementUrl === undefined
      ? undefined
      : foreignBindings({ url: managementAddress, timeout: PATIENCE / 2 }, address.latest, topology).catch(
          () => undefined,
        );
  const confirm = new ConfirmProbe(address, () => probes.doubt());
  atEnd(() => confirm.end());

  /** How the shards are, as the broker and the counters say. */
  const shards = async (states: readonly QueueState[]) => {
    const numbers = await redis.counters.read();
    return states
      .filter(({ queue }) => topology.shards.includes(queue))
      .map(({ queue, depth }) => {
        const number = (metric: 'rabbitmq_shard_steps' | 'rabbitmq_redelivered' | 'rabbitmq_shard_lag') =>
          numbers.get(seriesText(metric, { queue })) ?? 0;
        return {
          ...{ queue, depth, steps: number('rabbitmq_shard_steps') },
          ...{ redelivered: number('rabbitmq_redelivered'), lag: number('rabbitmq_shard_lag') },
        };
      });
  };

  const probe = async (previous: HealthReport | undefined): Promise<HealthReport> => {
    const at = systemClock.now();
    let progress: Readonly<Record<string, ShardProgress>> = previous?.shards ?? {};
    const checks = composeProbes({
      gateway: ownGateway,
      redis: () => probeRedis(redis.client),
      rabbitmq: async () => {
        const [states] = await Promise.all([observer.look(consumed, PATIENCE), confirm.confirmed(PATIENCE)]);
        const idle = states.filter(({ consumers }) => consumers === 0);
        if (idle.length > 0) throw new Unable(`Nothing consumes ${idle.map(({ queue }) => queue).join(', ')}`);
        const known = await shards(states);
        progress = Object.fromEntries(
          known.map((state) => [state.queue, progressOf(progress[state.queue], state, at)]),
        );
        return judgeShards(known, progress, at);
      },
      foreign,
    });
    const findings = await examine(systemClock, checks, PATIENCE, onFailure);
    return { at, findings, shards: progress };
  };
  const ownGateway = composeGateway();
  const reports = new RedisHealthReports(redis.client, redis.keys, config(gateway).endpoint);
  const probes = new Probes({ reports, clock: systemClock, probe });
  // What was found before a start says nothing of what was started; on AWS functions start at any time.
  if (!config(onLambda)) probes.doubt();

  const health = async (): Promise<Health> => {
    const [{ at, findings }, own] = await Promise.all([
      probes.latest(),
      examine(systemClock, OWN_CHECKS, PATIENCE, onFailure),
    ]);
    return healthOf({ ...findings, ...own }, at, systemClock.now() - startedAt);
  };
  const queues = () => observer.look([...consumed, topology.parked], PATIENCE);

  /** What is counted, and how connections and queues are: all that is not asked of this process or of somebody else. */
  const measured = async (): Promise<Map<string, number>> => {
    const [numbers, open, waiting, untold, states] = await Promise.all([
      redis.counters.read(),
      directory.count(),
      announced.enabled ? backlog.age() : undefined,
      isTelling ? telling.age() : undefined,
      // The health says that the broker is away; what is known otherwise is shown all the same.
      queues().catch((): readonly QueueState[] => []),
    ]);
    const all = new Map(numbers);
    const set = settingIn(all);
    // Without them, the first event of a series is no increase to those who watch.
    const zero = <M extends CounterName>(metric: M, dimensions: DimensionsOf<M>): void => {
      const series = seriesText(metric, dimensions);
      if (!all.has(series)) all.set(series, 0);
    };
    for (const type of [...Object.keys({ ...REQUESTS, ...WRAPPINGS }), 'invalid']) zero('messages_received', { type });
    for (const code of Object.keys(ERRORS)) zero('messages_refused', { code });
    for (const queue of topology.shards) {
      zero('rabbitmq_shard_steps', { queue });
      zero('rabbitmq_redelivered', { queue });
    }
    // What its function measured last, and what waits where that does not come to it.
    const atLeast = (metric: 'appended_lag' | 'service_events_lag', age: number | undefined): void => {
      if (age !== undefined) set(metric, {}, Math.max(age, numbers.get(seriesText(metric, {})) ?? 0));
    };
    atLeast('appended_lag', waiting);
    atLeast('service_events_lag', untold);
    set('connections', {}, open);
    for (const { queue, depth, consumers } of states) {
      set('rabbitmq_queue_depth', { queue }, depth);
      set('rabbitmq_queue_consumers', { queue }, consumers);
      // A shard that holds nothing has nothing waiting, whatever its last batch had.
      if (depth === 0 && topology.shards.includes(queue)) set('rabbitmq_shard_lag', { queue }, 0);
    }
    return all;
  };
  const note = (all: ReadonlyMap<string, number>) =>
    notePast(past, systemClock, () => metricsJson(readingsOf(all).filter(({ metric }) => CHARTED.has(metric))));

  const readings = async (): Promise<readonly Reading[]> => {
    const [all, delay, { checks: results, uptime }, bound] = await Promise.all([
      measured(),
      eventLoopDelay(),
      health(),
      foreign(),
    ]);
    const set = settingIn(all);
    set('event_loop_delay', {}, delay);
    set('uptime', {}, uptime);
    for (const [check, works] of Object.entries(results)) {
      if (works !== 'unknown') set('health', { check }, works ? 1 : 0);
    }
    if (bound !== undefined) set('rabbitmq_foreign_bindings', {}, bound.length);
    // Whoever asks has an answer also where nothing can be kept.
    await note(all).catch((error: unknown) => logger.warn('The figures of now are not kept', error as Error));
    return readingsOf(all);
  };

  const hearing = (user: string, channel: Channel | undefined, isLookedFor: boolean) =>
    hearingOf({ gateway: ownGateway, directory, subscriptions: redis.subscriptions }, user, channel, isLookedFor);

  const monitor: Monitor = {
    past: () => past.points(),
    note: async () => note(await measured()),
    directory,
    hearing,
    limitedUsers: new RedisLimitedUsers(redis.client, redis.keys, limits),
    counts: (user) => limits.enabled && (user === undefined || !limits.allowed.includes(user)),
    listeners: (channel, most, after) => listeners.of(channel, most, after),
    channels: (pattern, most, after = '') => {
      const since = systemClock.now() - config(historySettings).retention;
      return channelsHeard(events, pattern, most, after, since);
    },
    startedAt,
    health,
    queues,
    readings,
  };
  return { monitor, directory, telemetry: redis };
};
