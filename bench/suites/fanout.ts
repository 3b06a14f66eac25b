import { RoundTrips } from '../../test/round-trips.ts';
import { fanOutSettings } from '../fan-out-settings.ts';
import { alternating, type Measure, median, type Suite } from '../measure.ts';
import { channels, SHAPES } from '../patterns.ts';
import { startWorker, type Worker } from '../work.ts';
import { zipf } from '../zipf.ts';

const LISTENERS = 2_000;

interface Ran {
  readonly seconds: number;
}

const repeated = (count: number, ...batch: readonly string[]) => Array.from({ length: count }, () => batch);

/** Round trips of a batch of so many events, once everything is warm. */
const tripsOf = async (worker: Worker, trips: RoundTrips, batch: readonly string[]): Promise<number> => {
  await worker.ask({ run: [batch] });
  trips.take();
  await worker.ask({ run: [batch] });
  return trips.take();
};

/** The fan-out’s handler with a real Redis and a gateway that takes every post. */
export const fanout: Suite = async (say, { quick, own, backends }) => {
  const { redisUrl, rabbitmqUrl } = await backends();
  const sink = await startWorker<{ port: number }>('sink');
  const trips = await RoundTrips.before(redisUrl);
  const settings = (prefix: string, redis: string) => ({
    ...fanOutSettings({ redisUrl: redis, rabbitmqUrl }, prefix, sink.said.port),
    EVENT_REPLAY_MAX_EVENTS: '1000',
  });
  const { worker } = await startWorker('fan-out', settings('bench-fanout:', redisUrl));
  const counted = await startWorker('fan-out', settings('bench-trips:', trips.through(redisUrl)));
  try {
    await worker.ask({ listen: ['plain:news'], listeners: LISTENERS, capabilities: '' });
    await worker.ask({ listen: ['batch:news'], listeners: LISTENERS, capabilities: 'batch' });
    // Of two processes that run the same code one may be a quarter slower than the other, for as long as it lives. So each
    // rival has a new one in each round, warm before it is timed.
    const single = quick ? 5 : 10;
    const posts = single * LISTENERS;
    const inNewProcess = (request: object) => async () => {
      const { worker: fresh } = await startWorker('fan-out', settings('bench-fanout:', redisUrl));
      try {
        await fresh.ask(request);
        const { seconds } = await fresh.ask<Ran>(request);
        return posts / seconds;
      } finally {
        await fresh.stop();
      }
    };
    const ours = inNewProcess({ run: repeated(single, 'plain:news') });
    const bare = inNewProcess({ bare: posts });
    const rates = own
      ? { ours: median([await ours(), await ours(), await ours()]) }
      : await alternating(quick ? 3 : 15, { ours, bare });
    const hundred = Array.from({ length: 100 }, () => 'batch:news');
    const batches = own ? 2 : quick ? 5 : 20;
    const deliveries = await alternating(quick ? 3 : 7, {
      ours: async () => {
        const { seconds } = await worker.ask<Ran>({ run: repeated(batches, ...hundred) });
        return (batches * 100 * LISTENERS) / seconds;
      },
    });
    say(`${LISTENERS} listeners, events of 200 bytes, a sink in another process, signed posts`);

    await counted.worker.ask({ listen: ['trips:news', 'trips:*'], listeners: 10, capabilities: 'batch' });
    const one = await tripsOf(counted.worker, trips, ['trips:news']);
    const many = await tripsOf(
      counted.worker,
      trips,
      Array.from({ length: 100 }, () => 'trips:news'),
    );
    say(`round trips of a batch: ${one} with 1 event, ${many} with 100`);
    const figures: readonly Measure[] = [
      { name: 'fanout.posts', value: rates.ours, unit: '/s', better: 'higher' },
      { name: 'fanout.deliveries', value: deliveries.ours, unit: '/s', target: 500_000, better: 'higher' },
      { name: 'fanout.redis-round-trips-per-batch', value: many, unit: '', better: 'lower' },
    ];
    if (!('bare' in rates)) return figures;

    // Patterns of twenty shapes, one for each user, and channels that they match.
    const patterns = SHAPES.map((shape) => shape.replaceAll('_', 's1'));
    await worker.ask({ listen: [...patterns, '**'], listeners: 100, capabilities: 'batch' });
    const drawn = zipf(
      channels(10_000).map(({ text }) => text),
      quick ? 5_000 : 20_000,
    );
    const sliced = Array.from({ length: drawn.length / 100 }, (_, i) => drawn.slice(100 * i, 100 * i + 100));
    const { share } = await worker.ask<{ share: number }>({ profile: sliced });
    say('share of CPU: 100 listeners of all, 20 live shapes, 10000 channels by Zipf');
    return [
      { name: 'fanout.posts-vs-bare', value: rates.ours / rates.bare, unit: '×', target: 0.8, better: 'higher' },
      ...figures,
      { name: 'match.share', value: share, unit: '', target: 0.05, better: 'lower' },
      { name: 'fanout.redis-round-trips', value: many - one, unit: '', target: 0, better: 'lower' },
    ];
  } finally {
    await worker.stop();
    await counted.worker.stop();
    await trips.stop();
    await sink.worker.stop();
  }
};
