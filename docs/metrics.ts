/**
 * Makes docs/metrics.md from the table of metrics, so that it can say nothing else than what the service measures.
 * `npm run docs` writes it; a test fails where it is not current.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prometheusName } from '../lib/telemetry/metrics/prometheus.ts';
import { METRICS, type Metric, type MetricName } from '../lib/telemetry/metrics/table.ts';
import { table } from './markdown-table.ts';

const PATH = fileURLToPath(new URL('metrics.md', import.meta.url));

const rows = (Object.entries(METRICS) as [MetricName, Metric][]).map(([name, { kind, unit, dimensions, help }]) => [
  `\`${name}\``,
  `\`${prometheusName(name)}\``,
  kind,
  unit,
  dimensions.map((dimension) => `\`${dimension}\``).join(', '),
  help,
]);

const page = (): string =>
  [
    '# Metrics',
    [
      'Everything the service measures of itself. CloudWatch and the JSON of `GET /metrics?format=json` use the name and the unit',
      'as they stand; Prometheus has names of its own, and seconds for milliseconds. Dimensions take few values: never a',
      'connection, a user or a channel.',
    ].join('\n'),
    table([['name', 'in Prometheus', 'kind', 'unit', 'dimensions', ''], ...rows]),
    [
      'In CloudWatch the namespace is `realtime-sync-` and the stage; every metric has the dimension `service` beside its own. Each',
      'function counts for itself there, so a gauge is what a function last saw. In Prometheus and in the JSON counters are of the',
      'whole service, added up in Redis.',
    ].join('\n'),
    '_Made from `lib/telemetry/metrics/table.ts` by `npm run docs`._\n',
  ].join('\n\n');

/** @returns whether docs/metrics.md says what the table says. */
export const isCurrent = (): boolean => readFileSync(PATH, 'utf8') === page();

if (import.meta.main) writeFileSync(PATH, page());
