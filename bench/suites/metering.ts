import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import amqp from 'amqplib';
import { type Config, readConfig } from '../../lib/config.ts';
import type { Caller } from '../../lib/ports/connection.ts';
import type { Meter } from '../../lib/ports/meter.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { RedisAssembly } from '../../lib/redis/assembly.ts';
import { connectRedis, type RedisClient } from '../../lib/redis/client.ts';
import { RedisConnections } from '../../lib/redis/connections.ts';
import { RedisCounters } from '../../lib/redis/counters.ts';
import { RedisCursors } from '../../lib/redis/cursors.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { RedisSessions } from '../../lib/redis/sessions.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { receive } from '../../lib/sync/receive.ts';
import { measureAnswer } from '../../lib/telemetry/answer.ts';
import { SharedMeter } from '../../lib/telemetry/meter.ts';
import { meteredBus, riding } from '../../lib/telemetry/metered.ts';
import { startServers } from '../../localstack/servers/start.ts';
import { ROOT } from '../backends.ts';
import { type Measure, median, type Suite } from '../measure.ts';

const ROUNDS = 12;
const FRAMES = 400;

const UNMEASURED: Meter = { count: () => undefined, observe: () => undefined, set: () => undefined };

const caller: Caller = {
  id: 'bench',
  user: 'bench',
  endpoint: 'http://127.0.0.1:1',
  capabilities: NO_CAPABILITIES,
  session: openSession(Date.now()),
};

/** What a client writes to its socket, a round trip each. */
const countTrips = (client: RedisClient): { count: number } => {
  const made = { count: 0 };
  const { stream } = client as unknown as { stream: { write(...values: unknown[]): boolean } };
  const write = stream.write.bind(stream);
  stream.write = (...values) => {
    made.count++;
    return write(...values);
  };
  return made;
};

/** The handler of messages on real servers, measured or not. */
const handlerOn = async (config: Config, isMeasured: boolean) => {
  const client = connectRedis(config.redis, (error) => console.error(error.message));
  const keys = keysUnder(config.redis.keyPrefix);
  const counters = new RedisCounters(client, keys);
  const meter = isMeasured ? new SharedMeter(counters, undefined) : UNMEASURED;
  const sessions = new RedisSessions(client, keys);
  const publisher = new Publisher(config.rabbitmq.url, (error) => console.error(error.message));
  const bus = new RabbitMqBus(publisher, topologyOf(config.rabbitmq));
  const world = {
    connections: new RedisConnections(client, keys, meter),
    subscriptions: new RedisSubscriptions(client, keys),
    history: new RedisHistory(client, keys, config.history, meter),
    cursors: new RedisCursors(client, keys),
    assembly: new RedisAssembly(client, keys),
    sessions: isMeasured ? riding(sessions, counters, ['find']) : sessions,
    limiter: new RedisRateLimiter(client, keys, config.rateLimits, (error) => console.error(error)),
    bus: isMeasured ? meteredBus(bus, meter) : bus,
    gateway: {
      post: () => Promise.reject(new Error('nothing is posted')),
      close: () => Promise.reject(new Error('nothing is closed')),
      find: () => Promise.reject(new Error('nothing is looked for')),
    },
    authenticator: undefined,
    meter,
    clock: systemClock,
    limits: config.limits,
    compression: config.compression,
    replay: config.history,
    onAnswered: (answered: Parameters<typeof measureAnswer>[1]) => measureAnswer(meter, answered),
    onFailure: (error: unknown) => console.error(error),
  };
  await client.ping();
  const handle = async (n: number): Promise<void> => {
    const frame = JSON.stringify({ type: 'broadcast', channel: `bench:${n % 50}`, data: { n } });
    const [answer = ''] = await receive(world, caller, frame);
    if (!answer.includes('"ack"')) throw new Error(answer);
  };
  const end = async (): Promise<void> => {
    await counters.flush();
    client.disconnect();
    await publisher.end();
  };
  // Those made while frames are handled; what is left over is written when there are none for a second.
  return { handle, made: countTrips(client), trips: { count: 0 }, end };
};

/** What counting costs a handler: the same broadcasts with and without it, alternating. */
export const metering: Suite = async (say) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'realtime-sync-bench-'));
  const servers = await startServers({ root: ROOT, directory, environment: {}, report: say, disposable: 'bench' });
  try {
    await servers.ready();
    const config = readConfig({
      REDIS_URL: servers.redisUrl,
      RABBITMQ_URL: servers.rabbitmqUrl,
      WS_ENDPOINT: 'http://127.0.0.1:1',
      REDIS_KEY_PREFIX: `bench-${randomBytes(4).toString('hex')}:`,
      RATE_LIMIT_POINTS: '1000000',
      RATE_LIMIT_USER_POINTS: '1000000',
      RATE_LIMIT_GLOBAL_POINTS: '1000000',
    });
    const connection = await amqp.connect(config.rabbitmq.url);
    await declareTopology(await connection.createChannel(), topologyOf(config.rabbitmq));
    await connection.close();

    const [without, withIt] = [await handlerOn(config, false), await handlerOn(config, true)];
    const ratios: { wall: number[]; cpu: number[] } = { wall: [], cpu: [] };
    const times = { without: [] as number[], with: [] as number[] };
    const run = async ({ handle, made, trips }: typeof without) => {
      const before = made.count;
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      for (let n = 0; n < FRAMES; n++) await handle(n);
      const { user, system } = process.cpuUsage(cpu);
      trips.count += made.count - before;
      return { wall: (performance.now() - began) / FRAMES, cpu: (user + system) / FRAMES };
    };
    for (const handler of [without, withIt, without, withIt]) await run(handler);
    without.trips.count = 0;
    withIt.trips.count = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // In turn the one or the other first, so that neither always finds the machine warmer.
      const order = round % 2 === 0 ? [without, withIt] : [withIt, without];
      const [one, other] = [await run(order[0] as typeof without), await run(order[1] as typeof without)];
      const [plain, counted] = round % 2 === 0 ? [one, other] : [other, one];
      ratios.wall.push(counted.wall / plain.wall);
      ratios.cpu.push(counted.cpu / plain.cpu);
      times.without.push(plain.wall);
      times.with.push(counted.wall);
    }
    say(`${ROUNDS} rounds of ${FRAMES} broadcasts each way, alternating`);
    const perFrame = ({ count }: { count: number }) => count / (ROUNDS * FRAMES);
    const measures: Measure[] = [
      { name: 'metering.handler-without', value: median(times.without), unit: 'ms', better: 'lower' },
      { name: 'metering.handler-with', value: median(times.with), unit: 'ms', better: 'lower' },
      { name: 'metering.time-added', value: (median(ratios.wall) - 1) * 100, unit: '%', target: 5, better: 'lower' },
      { name: 'metering.cpu-added', value: (median(ratios.cpu) - 1) * 100, unit: '%', better: 'lower' },
      { name: 'metering.trips', value: perFrame(without.trips), unit: '', better: 'lower' },
      {
        name: 'metering.trips-added',
        value: (perFrame(withIt.trips) / perFrame(without.trips) - 1) * 100,
        unit: '%',
        target: 0,
        better: 'lower',
      },
    ];
    await Promise.all([without.end(), withIt.end()]);
    return measures;
  } finally {
    await servers.stop();
    await rm(directory, { recursive: true, force: true });
  }
};
