import { describe, expect, it } from 'vitest';
import { prometheusName, prometheusText } from '../../../lib/telemetry/metrics/prometheus.ts';
import { readingsOf } from '../../../lib/telemetry/metrics/series.ts';
import { METRICS, type MetricName } from '../../../lib/telemetry/metrics/table.ts';

describe('the Prometheus text', () => {
  it('[O-1] gives durations in seconds, and counters and labels as Prometheus wants them', () => {
    const text = prometheusText(
      readingsOf(
        new Map([
          ['events_accepted', 7],
          ['rabbitmq_queue_depth{queue=events.0}', 12],
          ['events_latency#5', 2],
          ['events_latency#inf', 1],
          ['events_latency#sum', 40_010_000],
          ['uptime', 1_500],
        ]),
      ),
    );
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE realtime_sync_events_accepted_total counter',
        'realtime_sync_events_accepted_total 7',
        'realtime_sync_rabbitmq_queue_depth{queue="events.0"} 12',
        '# TYPE realtime_sync_events_latency_seconds histogram',
        'realtime_sync_events_latency_seconds_bucket{le="0.002"} 0',
        'realtime_sync_events_latency_seconds_bucket{le="0.005"} 2',
        'realtime_sync_events_latency_seconds_bucket{le="30"} 2',
        'realtime_sync_events_latency_seconds_bucket{le="+Inf"} 3',
        'realtime_sync_events_latency_seconds_sum 40.01',
        'realtime_sync_events_latency_seconds_count 3',
        'realtime_sync_uptime_seconds 1.5',
      ]),
    );
    expect(text.endsWith('\n')).toBe(true);
  });

  it('leaves out a metric without any series rather than stating it without samples', () => {
    expect(prometheusText(readingsOf(new Map()))).not.toContain('rabbitmq_queue_depth');
  });

  it('[O-1] covers connections, events, latency or duration, rate limits, replay and RabbitMQ', () => {
    const all = (Object.keys(METRICS) as MetricName[]).map(prometheusName);
    for (const part of ['connections', 'events', 'latency', 'duration', 'rate_limit', 'replay', 'rabbitmq', 'memory']) {
      expect(all.some((name) => name.includes(part))).toBe(true);
    }
    expect(new Set(all).size).toBe(all.length);
  });
});
