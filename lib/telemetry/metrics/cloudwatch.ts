import { PANELS, type Panel, type Shown } from './panels.ts';
import { METRICS, type MetricName } from './table.ts';

const WIDTH = 8;
const HEIGHT = 6;
const COLUMNS = 24 / WIDTH;

const STATISTICS: Readonly<Record<Shown, readonly string[]>> = {
  // CloudWatch adds up what every function counted; a gauge is what any of them last saw.
  rate: ['Sum'],
  value: ['Maximum'],
  quantiles: ['p50', 'p95', 'p99'],
};

type Line = readonly [{ readonly expression: string; readonly label: string; readonly id: string }];

const linesOf = (namespace: string, metric: MetricName, shown: Shown, first: number): readonly Line[] => {
  const schema = ['service', ...METRICS[metric].dimensions].sort().join(',');
  return STATISTICS[shown].map((statistic, i) => [
    {
      expression: `SEARCH('{${namespace},${schema}} MetricName="${metric}" service="realtime-sync"', '${statistic}', 60)`,
      label: shown === 'quantiles' ? `${statistic} \${LABEL}` : '',
      id: `e${first + i}`,
    },
  ]);
};

const widget = (namespace: string, region: string, { title, lines }: Panel, i: number) => {
  const metrics: Line[] = [];
  for (const { metric, shown } of lines) metrics.push(...linesOf(namespace, metric, shown, metrics.length));
  return {
    type: 'metric',
    x: (i % COLUMNS) * WIDTH,
    y: Math.floor(i / COLUMNS) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    properties: { title, region, view: 'timeSeries', stacked: false, period: 60, metrics, yAxis: { left: { min: 0 } } },
  };
};

/**
 * The dashboard’s body as CloudWatch takes it.
 *
 * @param namespace - under which the metrics are kept.
 */
export const cloudwatchDashboard = (namespace: string, region: string) => ({
  widgets: PANELS.map((panel, i) => widget(namespace, region, panel, i)),
});
