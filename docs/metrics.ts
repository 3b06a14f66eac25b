/**
 * Makes docs/metrics.md and Grafana’s dashboard from the table of metrics, so that they can show nothing else than what
 * the service measures. `npm run docs` writes both; a test fails where they are not current.
 */

import { fileURLToPath } from 'node:url';
import { grafanaDashboard } from '../lib/telemetry/metrics/grafana.ts';
import { prometheusName } from '../lib/telemetry/metrics/prometheus.ts';
import { METRICS, type Metric, type MetricName } from '../lib/telemetry/metrics/table.ts';
import { type Generated, write } from './generated.ts';
import { table } from './markdown-table.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

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

/** The files that are made, and what they should hold. */
export const generated = (): readonly Generated[] => [
  { path: at('metrics.md'), content: page() },
  {
    path: at('../localstack/grafana/dashboards/realtime-sync.json'),
    content: `${JSON.stringify(grafanaDashboard(), null, 2)}\n`,
  },
];

if (import.meta.main) write(generated());
