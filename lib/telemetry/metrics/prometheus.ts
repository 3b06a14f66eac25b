import type { Reading } from './series.ts';
import { METRICS, type Metric, type MetricName } from './table.ts';

/** What every name begins with. */
const PREFIX = 'realtime_sync_';

/** The exposition format’s own name, for the header `content-type`. */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const SUFFIXES = { count: '', milliseconds: '_seconds', bytes: '_bytes' } as const;

/** A metric’s name in Prometheus, which wants base units and `_total` on counters. */
export const prometheusName = (name: MetricName): string => {
  const { unit, kind } = METRICS[name];
  return `${PREFIX}${name}${SUFFIXES[unit]}${kind === 'counter' ? '_total' : ''}`;
};

const escapeLabel = (text: string): string => text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
const escapeHelp = (text: string): string => text.replace(/[\\\n]/g, (char) => (char === '\n' ? '\\n' : '\\\\'));

const labels = (dimensions: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(dimensions).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};

const number = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value));

const samples = (name: string, { unit }: Metric, { dimensions, value }: Reading): string[] => {
  const scaled = (each: number): number => (unit === 'milliseconds' ? each / 1_000 : each);
  if (typeof value === 'number') return [`${name}${labels(dimensions)} ${number(scaled(value))}`];
  return [
    ...value.buckets.map(
      ({ bound, count }) => `${name}_bucket${labels({ ...dimensions, le: number(scaled(bound)) })} ${count}`,
    ),
    `${name}_sum${labels(dimensions)} ${number(scaled(value.sum))}`,
    `${name}_count${labels(dimensions)} ${value.count}`,
  ];
};

/** Readings in Prometheus’ text format. */
export const prometheusText = (readings: readonly Reading[]): string => {
  const lines = (Object.entries(METRICS) as [MetricName, Metric][]).flatMap(([metric, description]) => {
    const mine = readings.filter((reading) => reading.metric === metric);
    if (mine.length === 0) return [];
    const name = prometheusName(metric);
    return [
      `# HELP ${name} ${escapeHelp(description.help)}`,
      `# TYPE ${name} ${description.kind}`,
      ...mine.flatMap((reading) => samples(name, description, reading)),
    ];
  });
  return `${lines.join('\n')}\n`;
};
