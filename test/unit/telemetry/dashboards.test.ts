import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cloudwatchDashboard } from '../../../lib/telemetry/metrics/cloudwatch.ts';
import { grafanaDashboard } from '../../../lib/telemetry/metrics/grafana.ts';
import { PANELS } from '../../../lib/telemetry/metrics/panels.ts';
import { prometheusName } from '../../../lib/telemetry/metrics/prometheus.ts';
import { METRICS, type Metric, type MetricName } from '../../../lib/telemetry/metrics/table.ts';

const names = Object.keys(METRICS) as MetricName[];

/** Every series Prometheus finds, without labels. */
const series = new Set(
  names.flatMap((name) => {
    const own = prometheusName(name);
    return METRICS[name].kind === 'histogram' ? [`${own}_bucket`, `${own}_sum`, `${own}_count`] : [own];
  }),
);

const seriesIn = (text: string): string[] => text.match(/realtime_sync_[a-z_]+/g) ?? [];

describe('the dashboards', () => {
  it('[O-1] every panel of Grafana names metrics that exist', () => {
    const queries = grafanaDashboard().panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(20);
    for (const query of queries) {
      expect(seriesIn(query).length).toBeGreaterThan(0);
      for (const name of seriesIn(query)) expect(series).toContain(name);
    }
  });

  it('[O-1] every widget of CloudWatch names metrics that exist, under their dimensions', () => {
    const expressions = cloudwatchDashboard('ns', 'r').widgets.flatMap(({ properties }) =>
      properties.metrics.map(([{ expression }]) => expression),
    );
    for (const expression of expressions) {
      const [, schema, name] = /^SEARCH\('\{ns,([\w,]+)\} MetricName="(\w+)"/.exec(expression) ?? [];
      expect(names).toContain(name);
      const { dimensions } = METRICS[name as MetricName];
      expect(schema?.split(',').sort()).toEqual(['service', ...dimensions].sort());
    }
    expect(expressions.length).toBeGreaterThan(20);
  });

  it('shows every metric somewhere', () => {
    const shown = new Set<string>(PANELS.flatMap(({ lines }) => lines.map(({ metric }) => metric)));
    expect(names.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('shows counters as rates, histograms as quantiles and gauges as they are', () => {
    const fitting = { counter: 'rate', histogram: 'quantiles', gauge: 'value' };
    for (const { metric, shown } of PANELS.flatMap(({ lines }) => lines)) {
      expect([metric, shown]).toEqual([metric, fitting[(METRICS[metric] as Metric).kind]]);
    }
  });

  it('[O-1] Prometheus’ alerts name series that exist', () => {
    const rules = readFileSync(path.join(import.meta.dirname, '../../../localstack/prometheus/alerts.yml'), 'utf8');
    expect(seriesIn(rules).length).toBeGreaterThan(4);
    for (const name of seriesIn(rules)) expect(series).toContain(name);
  });

  it('Prometheus’ alerts say what to do first, in three steps', () => {
    const rules = readFileSync(path.join(import.meta.dirname, '../../../localstack/prometheus/alerts.yml'), 'utf8');
    const [, ...alerts] = rules.split(/^ +- alert: /m);
    expect(alerts.length).toBeGreaterThan(4);
    for (const alert of alerts) expect(alert).toMatch(/description: "First: 1\. .+[.?] 2\. .+[.?] 3\. .+[.?]"/);
  });
});
