import { Redis } from 'ioredis';
import { fanOutSettings } from './fan-out-settings.ts';
import type { Backends, Measure } from './measure.ts';
import { startWorker } from './work.ts';

/**
 * List prices in dollars, us-east-1, as published by November 2026:
 *
 * - Lambda on arm64, a second of a gigabyte, and an invocation. https://aws.amazon.com/lambda/pricing/
 * - An hour of a node of ElastiCache, cache.m7g.large. https://aws.amazon.com/elasticache/pricing/
 */
const PRICES = { lambdaSecond: 0.0000133334, invocation: 0.2e-6, redisHour: 0.158 };

/** Gigabytes of a function that has one processor. Source: Lambda, "Configure Lambda function memory". */
const OF_ONE_PROCESSOR = 1.769;

/** A primary and a replica. */
const NODES = 2;

const LISTENERS = 1_000;
const MANY = 40;
const FEW = 400;

interface Spent {
  /** Seconds of the function. */
  readonly lambda: number;
  /** Seconds of Redis. */
  readonly redis: number;
}

const less = (one: Spent, other: Spent): Spent => ({
  lambda: one.lambda - other.lambda,
  redis: one.redis - other.redis,
});
const times = (one: Spent, factor: number): Spent => ({ lambda: one.lambda * factor, redis: one.redis * factor });

const dollarsOf = ({ lambda, redis }: Spent) => ({
  lambda: lambda * OF_ONE_PROCESSOR * PRICES.lambdaSecond,
  redis: (redis * NODES * PRICES.redisHour) / 3_600,
});

/**
 * What the fan-out’s processor and that of Redis cost for a broadcast and for a delivery: measured with one listener and
 * with a thousand, each event in a batch and a frame of its own, at list prices. A function that waits is paid as well; one
 * that is busy has other posts to make meanwhile, so that it is the least.
 */
export const functionCost = async (backends: Backends, say: (line: string) => void): Promise<readonly Measure[]> => {
  const sink = await startWorker<{ port: number }>('sink');
  const { worker } = await startWorker('fan-out', fanOutSettings(backends, 'bench-cost:', sink.said.port));
  const redis = new Redis(backends.redisUrl);
  const redisCpu = async (): Promise<number> => {
    const info = await redis.info('cpu');
    const of = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]);
    return of('used_cpu_user') + of('used_cpu_sys');
  };
  const perEvent = async (channel: string, events: number): Promise<Spent> => {
    const run = Array.from({ length: events }, () => [channel]);
    await worker.ask({ run });
    const before = await redisCpu();
    const { cpu } = await worker.ask<{ cpu: number }>({ run });
    return { lambda: cpu / events, redis: ((await redisCpu()) - before) / events };
  };
  try {
    await worker.ask({ listen: ['cost:one'], listeners: 1, capabilities: '' });
    await worker.ask({ listen: ['cost:many'], listeners: LISTENERS, capabilities: '' });
    const one = await perEvent('cost:one', FEW);
    const many = await perEvent('cost:many', MANY);
    const delivery = times(less(many, one), 1 / (LISTENERS - 1));
    const broadcast = less(one, delivery);
    const [delivered, broadcasted] = [dollarsOf(times(delivery, 1e6)), dollarsOf(times(broadcast, 1e6))];
    say(
      `processor of a broadcast ${(1e3 * broadcast.lambda).toFixed(2)} ms of the function and ${(1e3 * broadcast.redis).toFixed(2)} ms of Redis, of a delivery ${(1e6 * delivery.lambda).toFixed(1)} and ${(1e6 * delivery.redis).toFixed(1)} µs`,
    );
    say('a function of one processor that is never idle, and its invocations; a node of Redis and a replica');
    const dollars = (name: string, value: number): Measure => ({ name, value, unit: '$', better: 'lower' });
    return [
      dollars('cost.lambda-million-deliveries', delivered.lambda),
      dollars('cost.redis-million-deliveries', delivered.redis),
      dollars('cost.lambda-million-broadcasts', broadcasted.lambda + 1e6 * PRICES.invocation),
      dollars('cost.redis-million-broadcasts', broadcasted.redis),
    ];
  } finally {
    redis.disconnect();
    await worker.stop();
    await sink.worker.stop();
  }
};
