import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import amqp from 'amqplib';
import { type Config, readConfig } from '../../lib/config.ts';
import { apiGatewayEncoder } from '../../lib/gateway/frames.ts';
import type { Caller } from '../../lib/ports/connection.ts';
import type { Meter } from '../../lib/ports/meter.ts';
import { NO_CAPABILITIES } from '../../lib/protocol/capabilities.ts';
import { openSession } from '../../lib/protocol/session.ts';
import { RabbitMqBus } from '../../lib/rabbitmq/bus.ts';
import { Publisher } from '../../lib/rabbitmq/publisher.ts';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { connectRedis } from '../../lib/redis/client.ts';
import { RedisCounters } from '../../lib/redis/counters.ts';
import { RedisDirectory } from '../../lib/redis/directory.ts';
import { RedisHistory } from '../../lib/redis/history.ts';
import { keysUnder } from '../../lib/redis/keys.ts';
import { RedisRateLimiter } from '../../lib/redis/rate-limiter.ts';
import { RedisScratch } from '../../lib/redis/scratch.ts';
import { RedisSubscriptions } from '../../lib/redis/subscriptions.ts';
import { systemClock } from '../../lib/sync/clock.ts';
import { ReadsInTurn } from '../../lib/sync/reads-in-turn.ts';
import { measureAnswer } from '../../lib/telemetry/answer.ts';
import { EmfRecorder } from '../../lib/telemetry/emf.ts';
import { SharedMeter } from '../../lib/telemetry/meter.ts';
import { meteredBus, meteredDirectory } from '../../lib/telemetry/metered.ts';
import { answered } from '../../test/frames.ts';
import { type Measure, median, type Suite } from '../measure.ts';
import { roundTripsOf } from '../round-trips.ts';

const ROUNDS = 80;
const QUICK_ROUNDS = 20;
/** Frames of one turn: about as long as counts wait for a trip, so that each turn pays for taking them along. */
const FRAMES = 60;
const WARM_UP = 20;

const UNMEASURED: Meter = { count: () => undefined, observe: () => undefined, set: () => undefined };

const caller: Caller = {
  id: 'bench',
  user: 'bench',
  endpoint: 'http://127.0.0.1:1',
  capabilities: NO_CAPABILITIES,
  session: openSession(Date.now()),
};

/** What measures: nothing; the counters of the service; or these, and lines in the log for CloudWatch. */
type Metering = 'none' | 'counters' | 'counters and log';

/** The handler of messages on real servers, measured or not. */
const handlerOn = async (config: Config, metering: Metering) => {
  const isMeasured = metering !== 'none';
  const recorder = metering === 'counters and log' ? new EmfRecorder('bench') : undefined;
  const client = connectRedis(config.redis, (error) => console.error(error.message));
  const keys = keysUnder(config.redis.keyPrefix);
  const counters = new RedisCounters(client, keys);
  const meter = isMeasured ? new SharedMeter(counters, recorder) : UNMEASURED;
  const directory = new RedisDirectory(client, keys, meter);
  const publisher = new Publisher(config.rabbitmq.url, (error) => console.error(error.message));
  const bus = new RabbitMqBus(publisher, topologyOf(config.rabbitmq));
  const world = {
    directory: isMeasured ? meteredDirectory(directory, counters) : directory,
    subscriptions: new RedisSubscriptions(client, keys),
    history: new RedisHistory(client, keys, config.history, meter, systemClock),
    scratch: new RedisScratch(client, keys),
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
    encoder: apiGatewayEncoder(config.compression),
    reads: new ReadsInTurn(),
    replay: config.history,
    onAnswered: (answered: Parameters<typeof measureAnswer>[1]) => measureAnswer(meter, answered),
    onFailure: (error: unknown) => console.error(error),
  };
  await client.ping();
  const handle = async (n: number): Promise<void> => {
    const frame = JSON.stringify({ type: 'broadcast', channel: `bench:${n % 50}`, data: { n } });
    const [answer = ''] = await answered(world, caller, frame);
    if (!answer.includes('"ack"')) throw new Error(answer);
    recorder?.write();
  };
  const end = async (): Promise<void> => {
    await counters.flush();
    client.disconnect();
    await publisher.end();
  };
  // Those made while frames are handled; what is left over is written when there are none for a second.
  return { handle, made: roundTripsOf(client), trips: { count: 0 }, end };
};

/** Runs a task while what is written to the standard output goes nowhere; it is written all the same. */
const silently = async (task: () => Promise<void>): Promise<void> => {
  const log = openSync('/dev/null', 'w');
  const { write } = process.stdout;
  process.stdout.write = ((text: string | Uint8Array) => writeSync(log, Buffer.from(text)) > 0) as typeof write;
  try {
    await task();
  } finally {
    process.stdout.write = write;
    closeSync(log);
  }
};

/** What counting costs a handler: the same broadcasts with and without it, alternating. */
export const metering: Suite = async (say, { quick, backends }) => {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS;
  const { redisUrl, rabbitmqUrl } = await backends();
  const config = readConfig({
    REDIS_URL: redisUrl,
    RABBITMQ_URL: rabbitmqUrl,
    WS_ENDPOINT: 'http://127.0.0.1:1',
    REDIS_KEY_PREFIX: `bench-${randomBytes(4).toString('hex')}:`,
    RATE_LIMIT_POINTS: '1000000',
    RATE_LIMIT_USER_POINTS: '1000000',
    RATE_LIMIT_GLOBAL_POINTS: '1000000',
  });
  const connection = await amqp.connect(config.rabbitmq.url);
  await declareTopology(await connection.createChannel(), topologyOf(config.rabbitmq));
  await connection.close();

  const arms = {
    none: await handlerOn(config, 'none'),
    again: await handlerOn(config, 'none'),
    counters: await handlerOn(config, 'counters'),
    log: await handlerOn(config, 'counters and log'),
  };
  type Arm = keyof typeof arms;
  const names = Object.keys(arms) as Arm[];
  const turns = Object.fromEntries(names.map((name) => [name, { wall: [], cpu: [] }])) as unknown as Record<
    Arm,
    { wall: number[]; cpu: number[] }
  >;
  const turn = async (name: Arm, isCounted: boolean): Promise<void> => {
    const { handle, made, trips } = arms[name];
    const before = made.count;
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    for (let n = 0; n < FRAMES; n++) await handle(n);
    const { user, system } = process.cpuUsage(cpu);
    if (!isCounted) return;
    trips.count += made.count - before;
    turns[name].wall.push((performance.now() - began) / FRAMES);
    turns[name].cpu.push((user + system) / FRAMES);
  };
  await silently(async () => {
    for (let round = -WARM_UP; round < rounds; round++) {
      // Each in turn first, so that none always finds the machine warmer.
      const first = (round + WARM_UP) % names.length;
      for (const name of [...names.slice(first), ...names.slice(0, first)]) await turn(name, round >= 0);
    }
  });
  say(`${rounds} turns of ${FRAMES} broadcasts each way, alternating; what none twice differs by is noise`);
  const wall = (name: Arm): number => median(turns[name].wall);
  const added = (name: Arm, of: 'wall' | 'cpu'): number => {
    const ratios = turns[name][of].map((value, i) => value / (turns.none[of][i] as number));
    return (median(ratios) - 1) * 100;
  };
  const perFrame = (name: Arm): number => arms[name].trips.count / (rounds * FRAMES);
  const more = (perFrame('counters') / perFrame('none') - 1) * 100;
  const measures: Measure[] = [
    { name: 'metering.handler-without', value: wall('none'), unit: 'ms', better: 'lower' },
    { name: 'metering.handler-with', value: wall('counters'), unit: 'ms', better: 'lower' },
    { name: 'metering.noise', value: added('again', 'wall'), unit: '%', better: 'lower' },
    { name: 'metering.time-added', value: added('counters', 'wall'), unit: '%', target: 5, better: 'lower' },
    { name: 'metering.cpu-added', value: added('counters', 'cpu'), unit: '%', better: 'lower' },
    { name: 'metering.time-added-with-log', value: added('log', 'wall'), unit: '%', target: 5, better: 'lower' },
    { name: 'metering.cpu-added-with-log', value: added('log', 'cpu'), unit: '%', better: 'lower' },
    { name: 'metering.trips', value: perFrame('none'), unit: '', better: 'lower' },
    { name: 'metering.trips-added', value: more, unit: '%', target: 0, better: 'lower' },
  ];
  await Promise.all(names.map((name) => arms[name].end()));
  return measures;
};
