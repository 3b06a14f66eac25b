import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryCounters } from '../../../lib/memory/counters.ts';
import { MemoryDirectory } from '../../../lib/memory/directory.ts';
import { ManualClock } from '../../../lib/memory/manual-clock.ts';
import { MemoryMeter } from '../../../lib/memory/meter.ts';
import { MemoryStore } from '../../../lib/memory/store.ts';
import { measureArrival, measureDelivery } from '../../../lib/telemetry/batch.ts';
import { EmfRecorder } from '../../../lib/telemetry/emf.ts';
import { SharedMeter } from '../../../lib/telemetry/meter.ts';
import { meteredBus, meteredDirectory, meteredHistory } from '../../../lib/telemetry/metered.ts';
import { PostTally } from '../../../lib/telemetry/posts.ts';
import { WatchedBus } from '../sync/watched-bus.ts';
import { connection, event } from '../sync/world.ts';
import { fanningWorld } from '../sync/worlds.ts';

/** Counters of a store of their own, which show how often they rode along. */
class WatchedCounters extends MemoryCounters {
  readonly numbers: ReadonlyMap<string, number>;
  rides = 0;

  constructor() {
    const store = new MemoryStore(new ManualClock());
    super(store);
    this.numbers = store.numbers;
  }

  override ride(): void {
    this.rides++;
  }
}

describe('the meter', () => {
  it('[O-2] keeps counters, gauges and histograms under their series', () => {
    const counters = new WatchedCounters();
    const meter = new SharedMeter(counters, undefined);
    meter.count('events_accepted', {});
    meter.count('events_accepted', {}, 2);
    meter.count('events_duplicate', {}, 0);
    meter.set('rabbitmq_shard_lag', { queue: 'events.1' }, 40);
    meter.observe('events_latency', {}, 3.25, 2);
    expect(Object.fromEntries(counters.numbers)).toEqual({
      events_accepted: 3,
      'rabbitmq_shard_lag{queue=events.1}': 40,
      'events_latency#5': 2,
      'events_latency#sum': 6_500,
    });
  });
});

describe('what is measured', () => {
  it('[O-2] a publish counts as accepted once the broker has confirmed it', async () => {
    const meter = new MemoryMeter();
    const inner = new WatchedBus();
    const bus = meteredBus(inner, meter);
    await bus.publish(event('a', '1'));
    inner.failure = new Error('away');
    await expect(bus.publish(event('a', '2'))).rejects.toThrow('away');
    expect(meter.numbers.get('events_accepted')).toBe(1);
    expect(meter.observations.get('events_stage_duration{stage=publish}')).toHaveLength(1);
    // What is not replaced is the inner one’s own.
    inner.failure = undefined;
    await bus.welcome({ ...connection('A'), expires: null });
    expect(bus.welcomed).toHaveLength(1);
  });

  it('[O-2] posts count by their outcome', async () => {
    const meter = new MemoryMeter();
    const tally = new PostTally(meter);
    for (const outcome of ['taken', 'gone', 'taken'] as const) tally.posted(outcome, 1);
    await new Promise(setImmediate);
    expect(Object.fromEntries(meter.numbers)).toEqual({
      'frames_posted{outcome=taken}': 2,
      'frames_posted{outcome=gone}': 1,
    });
    expect(meter.observations.get('events_stage_duration{stage=post}')).toEqual([1, 1, 1]);
  });

  it('[O-2] posts refused for want of quota are counted each time', () => {
    const meter = new MemoryMeter();
    const tally = new PostTally(meter);
    tally.throttled();
    tally.throttled();
    expect(meter.numbers.get('frames_throttled')).toBe(2);
  });

  it('[O-4] counts ride in the tick in which a command is sent, and with no other', async () => {
    const counters = new WatchedCounters();
    const directory = new MemoryDirectory(new MemoryStore(new ManualClock()), new MemoryMeter());
    const somebody = connection('A');
    const metered = meteredDirectory(directory, counters);
    const finding = metered.find(somebody);
    expect(counters.rides).toBe(1);
    // Both are the inner one’s own, which reads fields of its own.
    expect(await finding).toEqual(await directory.find(somebody));
    await metered.seen('a');
    expect(counters.rides).toBe(1);
  });

  it('[O-2] an append is timed once it is done, and counts ride along as it begins', async () => {
    const [counters, meter] = [new WatchedCounters(), new MemoryMeter()];
    const { history, turns, clock } = fanningWorld();
    const metered = meteredHistory(history, counters, meter);
    await turns.hold('events.0', clock.elapsed() + 1_000, async ({ turn }) => {
      const appending = metered.append([event('a', '1')], turn);
      expect([counters.rides, meter.observations.size]).toEqual([1, 0]);
      expect(await appending).toHaveLength(1);
    });
    expect(meter.observations.get('events_stage_duration{stage=append}')).toHaveLength(1);
  });

  it('[O-2] an append that fails is not timed', async () => {
    const meter = new MemoryMeter();
    const { history, turns, clock } = fanningWorld();
    const fault = new TypeError('no');
    history.failures.push(fault);
    const metered = meteredHistory(history, new WatchedCounters(), meter);
    const appended = turns.hold('events.0', clock.elapsed() + 1_000, ({ turn }) =>
      metered.append([event('a', '1')], turn),
    );
    await expect(appended).rejects.toBe(fault);
    expect(meter.observations.size).toBe(0);
  });

  it('[O-2] a batch: how long it waited, what came again, and when it was delivered', () => {
    const meter = new MemoryMeter();
    const batch = [
      { queue: 'events.0', redelivered: true, publishedAt: 900 },
      { queue: 'events.0', redelivered: false, publishedAt: 990 },
      // A clock ahead of ours, and a publisher that does not say.
      { queue: 'events.0', redelivered: false, publishedAt: 2_000 },
      { queue: 'events.0', redelivered: false },
    ];
    measureArrival(meter, batch, 1_000);
    measureDelivery(meter, batch, { parked: 1 }, 1_010);
    expect(Object.fromEntries(meter.numbers)).toEqual({
      'rabbitmq_shard_lag{queue=events.0}': 100,
      'rabbitmq_redelivered{queue=events.0}': 1,
      'rabbitmq_shard_steps{queue=events.0}': 1,
      events_parked: 1,
    });
    expect(meter.observations.get('events_stage_duration{stage=queue}')).toEqual([100, 10, 0]);
    expect(meter.observations.get('events_latency')).toEqual([110, 20, 0]);
  });
});

describe('the embedded metric format', () => {
  afterEach(() => vi.restoreAllMocks());

  const written = (record: (recorder: EmfRecorder) => void): Record<string, unknown>[] => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    const recorder = new EmfRecorder('realtime-sync-test');
    record(recorder);
    recorder.write();
    vi.restoreAllMocks();
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  it('[O-5] writes a line per set of dimensions, and nothing where nothing was measured', () => {
    const lines = written((recorder) => {
      const meter = new SharedMeter(new WatchedCounters(), recorder);
      meter.count('events_accepted', {}, 2);
      meter.count('events_accepted', {});
      meter.observe('events_latency', {}, 12.5);
      meter.count('frames_posted', { outcome: 'taken' }, 5);
      meter.count('frames_posted', { outcome: 'gone' });
    });
    expect(lines).toMatchObject([
      { service: 'realtime-sync', events_accepted: 3, events_latency: 12.5 },
      { outcome: 'taken', frames_posted: 5 },
      { outcome: 'gone', frames_posted: 1 },
    ]);
    expect(JSON.stringify(lines[0])).toContain('"Namespace":"realtime-sync-test"');
    expect(written(() => undefined)).toEqual([]);
  });

  it('[O-5] writes no more than once a second, and then all there is', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const lines = written((recorder) => {
      const meter = new SharedMeter(new WatchedCounters(), recorder);
      for (let i = 0; i < 9; i++) {
        meter.count('events_accepted', {});
        recorder.write();
        vi.advanceTimersByTime(300);
      }
    });
    vi.useRealTimers();
    expect(lines.map((line) => line['events_accepted'])).toEqual([1, 4, 4]);
  });

  it('[O-5] of many values of a histogram takes at most a hundred, evenly', () => {
    const [line] = written((recorder) => {
      const meter = new SharedMeter(new WatchedCounters(), recorder);
      for (let i = 0; i < 1_000; i++) meter.observe('events_latency', {}, i);
    });
    expect(line?.['events_latency']).toEqual(Array.from({ length: 99 }, (_, i) => Math.floor((i * 1_000) / 99)));
  });
});
