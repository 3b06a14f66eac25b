import amqp from 'amqplib';
import { declareTopology, topologyOf } from '../../lib/rabbitmq/topology.ts';
import { RoundTrips } from '../../test/round-trips.ts';
import { median, type Suite } from '../measure.ts';
import { startWorker, type Worker } from '../work.ts';

/** Limits that count, as in production, and that no load reaches. */
const UNLIMITED = {
  RATE_LIMIT_POINTS: '100000000',
  RATE_LIMIT_USER_POINTS: '100000000',
  RATE_LIMIT_GLOBAL_POINTS: '100000000',
};

const FRAMES = 15;

/** Fewer where a few seconds must do: a frame takes a sixth of one on a way that is counted. */
const FRAMES_OWN = 5;

/** Round trips of one frame: of a frame in the middle, since once a second another takes what was counted along. */
const tripsOf = async (worker: Worker, frames: number, batch: number, ...ways: readonly RoundTrips[]) => {
  const counts = ways.map((): number[] => []);
  for (let i = 0; i < frames; i++) {
    for (const trips of ways) trips.take();
    await worker.ask({ frames: 1, batch, inFlight: 1 });
    for (const [way, trips] of ways.entries()) counts[way]?.push(trips.take());
  }
  return counts.map(median);
};

/** What a client's broadcasts cost: round trips to Redis and to the broker, and how many are taken a second. */
export const inbound: Suite = async (say, { quick, own, backends }) => {
  const { redisUrl, rabbitmqUrl } = await backends();
  const broker = await amqp.connect(rabbitmqUrl);
  const channel = await broker.createChannel();
  await declareTopology(channel, topologyOf({ shards: 4 }));
  const toRedis = await RoundTrips.before(redisUrl);
  const toBroker = await RoundTrips.before(rabbitmqUrl);
  const settings = (redis: string, rabbitmq: string) => ({
    ...UNLIMITED,
    LOG_LEVEL: 'error',
    REDIS_URL: redis,
    RABBITMQ_URL: rabbitmq,
    REDIS_KEY_PREFIX: 'bench-inbound:',
    WS_ENDPOINT: 'http://127.0.0.1:1',
  });
  const counted = await startWorker('inbound', settings(toRedis.through(redisUrl), toBroker.through(rabbitmqUrl)));
  const direct = await startWorker('inbound', settings(redisUrl, rabbitmqUrl));
  try {
    await counted.worker.ask({ frames: 3, batch: 1, inFlight: 1 });
    const trips: number[] = [];
    const confirms: number[] = [];
    for (const batch of [1, 100]) {
      const [ofRedis = 0, ofBroker = 0] = await tripsOf(
        counted.worker,
        own ? FRAMES_OWN : FRAMES,
        batch,
        toRedis,
        toBroker,
      );
      trips.push(ofRedis);
      confirms.push(ofBroker);
    }
    say(
      `round trips of a frame with 1 and with 100 broadcasts: Redis ${trips.join(', ')}; RabbitMQ ${confirms.join(', ')}`,
    );
    const frames = quick && !own ? 300 : 2_000;
    await direct.worker.ask({ frames: 100, batch: 1, inFlight: 32 });
    const single = await direct.worker.ask<{ seconds: number }>({ frames, batch: 1, inFlight: 32 });
    const batched = await direct.worker.ask<{ seconds: number }>({ frames: frames / 10, batch: 100, inFlight: 4 });
    return [
      {
        name: 'inbound.redis-round-trips',
        value: Math.max(...trips),
        unit: '',
        target: 1,
        better: 'lower',
      },
      { name: 'inbound.confirms', value: Math.max(...confirms), unit: '', target: 1, better: 'lower' },
      { name: 'inbound.broadcasts', value: frames / single.seconds, unit: '/s', better: 'higher' },
      { name: 'inbound.broadcasts-batched', value: (10 * frames) / batched.seconds, unit: '/s', better: 'higher' },
    ];
  } finally {
    await counted.worker.stop();
    await direct.worker.stop();
    await toRedis.stop();
    await toBroker.stop();
    await channel.purgeQueue('events.0').catch(() => undefined);
    await broker.close();
  }
};
