/** What a run found, as Markdown: the page of all figures, and the few that the README shows. */
import { table } from '../docs/markdown-table.ts';
import { CAUSES } from './causes.ts';
import { curvesOf, isPoint } from './growth/curves.ts';
import type { Measure } from './measure.ts';
import { PROMISES } from './rivals/promises.ts';

export interface Run {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number };
  readonly versions: Readonly<Record<string, string>>;
  /** Whether it was a short one. */
  readonly quick?: boolean;
  /** Suites that did not run to their end. */
  readonly failed?: readonly string[];
  readonly measures: readonly (Measure & { readonly met?: boolean })[];
}

type Found = Run['measures'][number];

export const written = (value: number): string => {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
};

const withUnit = (value: number, unit: string): string => (unit === '' ? written(value) : `${written(value)} ${unit}`);

const cells = ({ name, value, unit, target, better, met }: Found): readonly string[] => [
  `\`${name}\``,
  withUnit(value, unit),
  target === undefined ? '' : `${withUnit(target, unit)} or ${better === 'higher' ? 'more' : 'less'}`,
  met === undefined ? '' : met ? 'met' : '**missed**',
];

const HEADING = ['measure', 'value', 'target', ''];

/** What was measured of each target that was missed, and what bounds it. */
const missed = (run: Run): string => {
  const values = new Map(run.measures.map((measure) => [measure.name, measure]));
  const entries = run.measures.filter(({ met }) => met === false);
  if (entries.length === 0) return '';
  const sections = entries.map(({ name }) => {
    const { bound, profile } = CAUSES[name] ?? { bound: 'Not looked into yet.', profile: [] };
    const found = profile.flatMap((each) => values.get(each) ?? []);
    const figures = found.length === 0 ? '' : `\n\n${table([HEADING, ...found.map(cells)])}`;
    return `### \`${name}\`\n\n${bound}${figures}`;
  });
  return `\n## What was missed, and what bounds it\n\n${sections.join('\n\n')}\n`;
};

/** Milliseconds of an event, curve by curve. */
const growth = (run: Run): string => {
  const curves = curvesOf(run.measures);
  if (curves.length === 0) return '';
  const rows = curves.map(({ axis, points }) => [
    axis.what,
    points.map(([count, time]) => `${written(count)}: ${written(time)}`).join('; '),
  ]);
  return `\n## How it grows\n\nMilliseconds of an event at each count. \`growth.*\` above is the exponent that fits: of what is delivered over its largest\ncounts, and of what is only there over all.\n\n${table([['what there is', 'count: ms'], ...rows])}\n`;
};

/** Of each rival that was measured, and of ours. */
const promises = (run: Run): string => {
  const names = new Set(run.measures.map(({ name }) => name));
  const those = Object.entries(PROMISES).filter(([kind]) => kind === 'ours' || names.has(`e2e.throughput-of-${kind}`));
  if (those.length < 2) return '';
  const rows = those.map(([kind, each]) => [kind, each.setUp, each.acknowledged, each.kept, each.order, each.away]);
  const heading = ['', 'as it runs here', 'acknowledged', 'kept', 'order', 'who was away gets'];
  return `\n## What each promises\n\n${table([heading, ...rows])}\n`;
};

const about = ({ quick, failed = [] }: Run): string => {
  const notes = [
    ...(quick === true ? ['A short run: fewer rounds, smaller numbers.'] : []),
    ...(failed.length > 0 ? [`Suites that did not run to their end: ${failed.join(', ')}.`] : []),
  ];
  return notes.length === 0 ? '' : `\n${notes.map((note) => `- ${note}`).join('\n')}`;
};

const REVISIONS = `## Revisions

\`npm run bench -- [SUITE ...] --against REVISION\` is what “no worse than before” means. Two fresh processes that run the same
code may differ by a quarter for as long as they live, and a busy machine slows whatever runs just then. So each suite runs in
ten pairs of fresh processes, one of the revision and one of the working copy, committed or not. They take turns to begin, on
one Redis and one RabbitMQ, emptied before each. Each tree brings its own benchmark, which measures by \`--own\` a few of its
own figures, in seconds, and no rivals. Printed are the median of the ten ratios, above 1 for better, and its interval of 90 %
([how](../bench/compare/interval.ts)). A measure is \`WORSE\`, and the exit code 1, if that interval lies below 0.95 as a whole.
It is \`open\` if the interval holds 0.95, so that the pairs do not tell, and \`no worse\` otherwise. If a change is to the load of
a suite itself, its ratios say nothing.
`;

/** @param charts - lines of Markdown that show them. */
export const page = (run: Run, charts: readonly string[]): string => `# Performance

Written by \`npm run bench:report\` from runs of \`npm run bench\`; do not edit. Rivals ran in the same run, alternating with
what is compared, medians of several rounds. A target that was missed stands here as it was measured.

- Machine: ${run.machine.cpu}, ${run.machine.cores} cores, ${run.machine.memoryGb} GB; everything on it: servers, clients and rivals.
- Versions: ${Object.entries(run.versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}.
- End to end, the listeners are spread over two processes, and rivals take turns. \`per-cpu\` is deliveries for a second of CPU
  of all processes that serve, stores included: clients bound everyone’s rate.
- \`scale.*\` is simulated: API Gateway’s token bucket and service times around 9 ms, in front of the delivery and the pace
  that production runs. \`cost.*\` is computed from frames as the service makes them and
  list prices of November 2026, us-east-1, before discounts: [API Gateway](https://aws.amazon.com/api-gateway/pricing/),
  [AppSync Events](https://aws.amazon.com/appsync/pricing/),
  [Ably](https://ably.com/docs/platform/pricing/resource-based). A month of ours is the gateway
  alone. What functions and Redis come to is \`cost.lambda-*\` and \`cost.redis-*\`: their processors as they were measured,
  at list prices. RabbitMQ is paid by the hour.${about(run)}

${charts.join('\n\n')}

${table([HEADING, ...run.measures.filter(({ name }) => !isPoint(name)).map(cells)])}
${growth(run)}${promises(run)}${missed(run)}
${REVISIONS}`;

/** What the README shows, and in what words. */
const TELLING: Readonly<Record<string, string>> = {
  'post.cpu-vs-sdk': 'CPU of a post, the AWS SDK’s by ours',
  'match.speed-vs-qlobber': 'matching of 100,000 patterns, times qlobber’s speed',
  'e2e.throughput-vs-socketio': 'deliveries a second, by those of Socket.IO with Redis streams',
  'e2e.latency-vs-socketio': 'latency of one event, by Socket.IO’s',
};

export const FIGURES_BEGIN = '<!-- figures: written by npm run bench:report -->';
export const FIGURES_END = '<!-- figures end -->';

const figures = (run: Run): string => {
  const rows = run.measures.flatMap((measure) => {
    const words = TELLING[measure.name];
    return words === undefined ? [] : [[words, ...cells(measure)]];
  });
  return table([['what', ...HEADING], ...rows]);
};

/** The README with the figures of a run between its markers. @throws Error where it has none */
export const withFigures = (readme: string, run: Run): string => {
  const [begin, end] = [readme.indexOf(FIGURES_BEGIN), readme.indexOf(FIGURES_END)];
  if (begin < 0 || end < begin) throw new Error(`The README has no place for figures: ${FIGURES_BEGIN}`);
  return `${readme.slice(0, begin)}${FIGURES_BEGIN}\n\n${figures(run)}\n\n${readme.slice(end)}`;
};
