import { escaped } from './chart.ts';

/** A line of a chart: how a value stands to its first, at multiples of the first count. */
export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [multiple: number, ratio: number])[];
  readonly emphasized: boolean;
}

const WIDTH = 720;
const HEIGHT = 420;
const MARGIN = { left: 70, right: 150, top: 40, bottom: 50 };
const LABEL_HEIGHT = 16;

const powers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Moves labels up that would lie on one another or below the chart; the order of their lines' ends stays. */
const apart = (heights: readonly number[], bottom: number): readonly number[] => {
  const order = heights.map((height, i) => [height, i] as const).sort(([a], [b]) => b - a);
  const placed = [...heights];
  let lowest = bottom;
  for (const [height, i] of order) {
    placed[i] = Math.min(height, lowest);
    lowest = (placed[i] as number) - LABEL_HEIGHT;
  }
  return placed;
};

/**
 * A chart of lines as SVG, both axes logarithmic, so that a power law is a straight line and its exponent the slope. Its
 * colours suit light and dark pages.
 *
 * @param axes - what is along and what is upward, in words.
 */
export const lineChart = (
  title: string,
  lines: readonly Line[],
  axes: readonly [along: string, upward: string],
): string => {
  const all = lines.flatMap(({ points }) => points);
  const widest = Math.ceil(Math.log10(Math.max(...all.map(([multiple]) => multiple))));
  const [lowest, highest] = [
    Math.min(0, Math.floor(Math.log10(Math.min(...all.map(([, ratio]) => ratio))))),
    Math.max(1, Math.ceil(Math.log10(Math.max(...all.map(([, ratio]) => ratio))))),
  ];
  const x = (power: number): number => MARGIN.left + (power / widest) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (power: number): number =>
    HEIGHT - MARGIN.bottom - ((power - lowest) / (highest - lowest)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const at = ([multiple, ratio]: readonly [number, number]): string =>
    `${x(Math.log10(multiple)).toFixed(1)},${y(Math.log10(ratio)).toFixed(1)}`;
  const grid = [
    ...powers(0, widest).map(
      (power) =>
        `<line x1="${x(power)}" y1="${y(lowest)}" x2="${x(power)}" y2="${y(highest)}"/><text x="${x(power)}" y="${y(lowest) + 18}" text-anchor="middle">×${(10 ** power).toLocaleString('en')}</text>`,
    ),
    ...powers(lowest, highest).map(
      (power) =>
        `<line x1="${x(0)}" y1="${y(power)}" x2="${x(widest)}" y2="${y(power)}"/><text x="${x(0) - 8}" y="${y(power) + 5}" text-anchor="end">×${10 ** power}</text>`,
    ),
  ];
  const heights = apart(
    lines.map(({ points }) => y(Math.log10(points.at(-1)?.[1] ?? 1)) + 5),
    y(lowest),
  );
  const drawn = lines.map(({ label, points, emphasized }, i) => {
    const colour = emphasized ? '#2f81f7' : '#8b949e';
    const end = x(Math.log10(points.at(-1)?.[0] ?? 1)) + 8;
    return `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>
<text x="${end.toFixed(1)}" y="${(heights[i] as number).toFixed(1)}">${escaped(label)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>text{font:13px system-ui,sans-serif;fill:#57606a}line{stroke:#8b949e;stroke-opacity:.3}@media(prefers-color-scheme:dark){text{fill:#adbac7}}</style>
<text x="8" y="22" font-weight="600">${escaped(title)}</text>
${grid.join('\n')}
<text x="${x(widest / 2)}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(axes[0])}</text>
<text transform="translate(16 ${y((lowest + highest) / 2)}) rotate(-90)" text-anchor="middle">${escaped(axes[1])}</text>
${drawn.join('\n')}
</svg>
`;
};
