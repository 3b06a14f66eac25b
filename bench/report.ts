/**
 * Writes docs/performance.md, its charts and the figures in the README from a run: `npm run bench:report -- FILE`. Nothing
 * in them is typed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './backends.ts';
import { type Bar, barChart } from './chart.ts';
import { curvesOf } from './growth/curves.ts';
import { lineChart } from './line-chart.ts';
import { page, type Run, withFigures, written } from './page.ts';

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
    title: 'Dollars a month for deliveries, 10,000 connections, 10 events/s',
    bars: {
      'no window': 'cost.month-at-10-window-0',
      'window of 100 ms': 'cost.month-at-10-window-100',
      'window of 1 s': 'cost.month-at-10-window-1000',
      'AppSync Events': 'cost.month-at-10-of-appsync',
      'Ably, list price': 'cost.month-at-10-of-ably',
    },
  },
};

/** How the time of an event grows, all axes in one. */
const growthChart = (run: Run): { readonly title: string; readonly svg: string } | undefined => {
  const curves = curvesOf(run.measures);
  if (curves.length === 0) return undefined;
  const title = 'Time of an event, by how much there is of what';
  const lines = curves.map(({ axis, points }) => {
    const [[least, first]] = points as readonly [readonly [number, number]];
    return {
      label: axis.name,
      points: points.map(([count, time]) => [count / least, time / first] as const),
      emphasized: axis.delivered,
    };
  });
  return { title, svg: lineChart(title, lines, ['times as many', 'times as long']) };
};

const charts = (run: Run): readonly string[] => {
  const folder = path.join(ROOT, 'docs', 'charts');
  mkdirSync(folder, { recursive: true });
  const values = new Map(run.measures.map(({ name, value }) => [name, value]));
  const grown = growthChart(run);
  if (grown !== undefined) writeFileSync(path.join(folder, 'growth.svg'), grown.svg);
  const bars = Object.entries(CHARTS).flatMap(([file, { title, bars }]) => {
    const found = Object.entries(bars).flatMap(([label, name]): Bar[] => {
      const value = values.get(name);
      return value === undefined ? [] : [{ label, value }];
    });
    if (found.length < 2) return [];
    writeFileSync(path.join(folder, `${file}.svg`), barChart(title, found, written));
    return [`![${title}](charts/${file}.svg)`];
  });
  return grown === undefined ? bars : [...bars, `![${grown.title}](charts/growth.svg)`];
};

/** One run of several: of a measure or a suite that ran again, what came last counts. */
const merged = (runs: readonly Run[]): Run => {
  const last = runs.at(-1) as Run;
  const measures = new Map(runs.flatMap((run) => run.measures).map((measure) => [measure.name, measure]));
  return { ...last, quick: runs.some(({ quick }) => quick === true), measures: [...measures.values()] };
};

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error(
    'Usage: npm run bench:report -- FILE ...   (as `npm run bench -- --json FILE` wrote them, the newest last)',
  );
  process.exitCode = 1;
} else {
  const run = merged(files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run));
  const [performance, readme] = [path.join(ROOT, 'docs', 'performance.md'), path.join(ROOT, 'README.md')];
  writeFileSync(performance, page(run, charts(run)));
  writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), run));
  execFileSync('npx', ['biome', 'format', '--write', performance, readme], { cwd: ROOT });
  console.log(
    `Written: docs/performance.md, docs/charts and the figures in README.md, from ${run.measures.length} measures`,
  );
}
