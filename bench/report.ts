/** Writes docs/performance.md and its charts from a run: `npm run bench:report -- FILE`. Nothing in them is typed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './backends.ts';
import { type Bar, barChart } from './chart.ts';
import type { Measure } from './measure.ts';

interface Run {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number };
  readonly versions: Readonly<Record<string, string>>;
  readonly measures: readonly (Measure & { readonly met?: boolean })[];
}

const written = (value: number): string => {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
};

const withUnit = (value: number, unit: string): string => (unit === '' ? written(value) : `${written(value)} ${unit}`);

const row = ({ name, value, unit, target, better, met }: Run['measures'][number]): string => {
  const wanted = target === undefined ? '' : `${withUnit(target, unit)} or ${better === 'higher' ? 'more' : 'less'}`;
  return `| \`${name}\` | ${withUnit(value, unit)} | ${wanted} | ${met === undefined ? '' : met ? 'met' : '**missed**'} |`;
};

/** Charts of measures that stand side by side, by the name of the file. A chart whose measures a run lacks is left out. */
const CHARTS: Readonly<Record<string, { readonly title: string; readonly bars: Readonly<Record<string, string>> }>> = {
  post: {
    title: 'CPU of one post, µs',
    bars: { ours: 'post.cpu', 'bare undici, unsigned': 'post.cpu-of-bare', 'AWS SDK': 'post.cpu-of-sdk' },
  },
  scale: {
    title: 'Simulated: seconds until the last of so many listeners heard',
    bars: {
      '1,000': 'scale.last-listener-1000',
      '10,000': 'scale.last-listener-10000',
      '100,000': 'scale.last-listener-100000',
      '1,000,000': 'scale.last-listener-1000000',
    },
  },
  cost: {
    title: 'Dollars a month, 10,000 connections, 10 events/s',
    bars: {
      'no window': 'cost.month-at-10-window-0',
      'window of 100 ms': 'cost.month-at-10-window-100',
      'window of 1 s': 'cost.month-at-10-window-1000',
    },
  },
};

const charts = (run: Run): readonly string[] => {
  const folder = path.join(ROOT, 'docs', 'charts');
  mkdirSync(folder, { recursive: true });
  const values = new Map(run.measures.map(({ name, value }) => [name, value]));
  return Object.entries(CHARTS).flatMap(([file, { title, bars }]) => {
    const found = Object.entries(bars).flatMap(([label, name]): Bar[] => {
      const value = values.get(name);
      return value === undefined ? [] : [{ label, value }];
    });
    if (found.length < 2) return [];
    writeFileSync(path.join(folder, `${file}.svg`), barChart(title, found, written));
    return [`![${title}](charts/${file}.svg)`];
  });
};

const page = (run: Run): string => `# Performance

Written by \`npm run bench:report\` from runs of \`npm run bench\`; do not edit. Rivals ran in the same run, alternating with
what is compared, medians of several rounds. A target that was missed stands here as it was measured.

- Machine: ${run.machine.cpu}, ${run.machine.cores} cores, ${run.machine.memoryGb} GB; everything on it: servers, clients and rivals.
- Versions: ${Object.entries(run.versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ')}.
- \`scale.*\` is simulated: API Gateway’s token bucket and service times around 9 ms, in front of the delivery and the pace
  that production runs. \`cost.*\` is computed from measured frames and list prices.

${charts(run).join('\n\n')}

| measure | value | target | |
| --- | --- | --- | --- |
${run.measures.map(row).join('\n')}
`;

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('Usage: npm run bench:report -- FILE   (as `npm run bench -- --json FILE` wrote it)');
  process.exitCode = 1;
} else {
  const run = JSON.parse(readFileSync(file, 'utf8')) as Run;
  const written = path.join(ROOT, 'docs', 'performance.md');
  writeFileSync(written, page(run));
  execFileSync('npx', ['biome', 'format', '--write', written], { cwd: ROOT });
}
