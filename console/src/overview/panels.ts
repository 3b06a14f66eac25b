import { FIGURES, type FigureName } from '../../../lib/protocol/http/figures.ts';

/** A line of a chart. */
interface Line {
  readonly label: string;
  readonly figure: FigureName;
}

/** A chart, and what it shows. */
export interface Panel {
  readonly title: string;
  /** What its numbers are: behind each of them, and above the chart. */
  readonly unit: '/s' | 'ms' | '';
  readonly lines: readonly Line[];
}

export const PANELS: readonly Panel[] = [
  {
    title: 'Published',
    unit: '/s',
    lines: [
      { label: 'messages of clients', figure: 'messages' },
      { label: 'events appended', figure: 'appended' },
    ],
  },
  {
    title: 'Delivered',
    unit: '/s',
    lines: [
      { label: 'events', figure: 'delivered' },
      { label: 'frames', figure: 'frames' },
    ],
  },
  {
    title: 'Latency, publish to posted',
    unit: 'ms',
    lines: (['p50', 'p95', 'p99'] as const).map((figure) => ({ label: figure, figure })),
  },
  {
    title: 'Latency by stage, p95',
    unit: 'ms',
    // In the order in which an event passes them.
    lines: (['publish', 'queue', 'append', 'audience', 'post'] as const).map((figure) => ({ label: figure, figure })),
  },
  { title: 'Connections', unit: '', lines: [{ label: 'open', figure: 'connections' }] },
  {
    title: 'Queues',
    unit: '',
    lines: [
      { label: 'waiting', figure: 'waiting' },
      { label: 'parked', figure: 'parked' },
    ],
  },
  { title: 'Lag of the slowest shard', unit: 'ms', lines: [{ label: 'oldest message waited', figure: 'lag' }] },
  {
    title: 'How late back-ends hear',
    unit: 'ms',
    lines: [
      { label: 'by the exchange appended', figure: 'appendedLag' },
      { label: 'the latest consumer', figure: 'consumerLag' },
      { label: 'events of the service', figure: 'serviceEventsLag' },
    ],
  },
  {
    title: 'Refused by rate limits',
    unit: '/s',
    // By the levels of limits, the narrowest first.
    lines: [
      { label: 'message type', figure: 'refusedByType' },
      { label: 'connection', figure: 'refusedByConnection' },
      { label: 'user', figure: 'refusedByUser' },
      { label: 'everyone', figure: 'refusedByAll' },
      { label: 'stored bytes', figure: 'refusedByStored' },
      { label: 'bytes of unfinished messages', figure: 'refusedByPassing' },
    ],
  },
  {
    title: 'Replays',
    unit: '/s',
    lines: [
      { label: 'requests', figure: 'replays' },
      { label: 'events', figure: 'replayed' },
    ],
  },
];

/** The metrics that a chart is of. */
export const metricsOf = ({ lines }: Panel): readonly string[] => [
  ...new Set(lines.map(({ figure }) => FIGURES[figure].metric)),
];
