import { PANELS, type Panel, type Shown } from './panels.ts';
import { prometheusName } from './prometheus.ts';
import { METRICS, type MetricName } from './table.ts';

const WIDTH = 8;
const HEIGHT = 8;
const COLUMNS = 24 / WIDTH;

const QUANTILES = [0.5, 0.95, 0.99];

interface Query {
  readonly expr: string;
  readonly legend: string;
}

const queriesOf = (metric: MetricName, shown: Shown): readonly Query[] => {
  const name = prometheusName(metric);
  const { dimensions } = METRICS[metric];
  const labels = dimensions.map((dimension) => `{{${dimension}}}`).join(' ');
  if (shown === 'value') return [{ expr: name, legend: labels || metric }];
  if (shown === 'rate') return [{ expr: `rate(${name}[$__rate_interval])`, legend: labels || metric }];
  const by = ['le', ...dimensions].join(', ');
  return QUANTILES.map((q) => ({
    expr: `histogram_quantile(${q}, sum by (${by}) (rate(${name}_bucket[$__rate_interval])))`,
    legend: `p${q * 100} ${labels}`.trim(),
  }));
};

const panel = ({ title, unit, lines }: Panel, i: number) => ({
  id: i + 1,
  title,
  type: 'timeseries',
  datasource: { type: 'prometheus', uid: 'prometheus' },
  gridPos: { x: (i % COLUMNS) * WIDTH, y: Math.floor(i / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
  fieldConfig: {
    defaults: { unit, min: 0, custom: { lineWidth: 2, fillOpacity: 8, showPoints: 'never' } },
    overrides: [],
  },
  options: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  targets: lines
    .flatMap(({ metric, shown }) => queriesOf(metric, shown))
    .map(({ expr, legend }, n) => ({ refId: String.fromCharCode(65 + n), expr, legendFormat: legend, range: true })),
});

/** The dashboard as Grafana provisions it. */
export const grafanaDashboard = () => ({
  uid: 'realtime-sync',
  title: 'realtime-sync',
  tags: ['realtime-sync'],
  timezone: 'browser',
  editable: false,
  schemaVersion: 39,
  version: 1,
  refresh: '5s',
  time: { from: 'now-15m', to: 'now' },
  panels: PANELS.map(panel),
});
