/** One bar of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

const WIDTH = 720;
const ROW = 30;
const LABELS = 300;
const VALUES = 90;

/** Text as it stands in SVG. */
export const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char);

/**
 * A chart of horizontal bars as SVG, each as long as its value is to the largest. Its colours suit light and dark pages.
 *
 * @param text - how a value is written.
 */
export const barChart = (title: string, bars: readonly Bar[], text: (value: number) => string): string => {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const height = ROW * (bars.length + 1) + 16;
  const rows = bars.map(({ label, value }, i) => {
    const y = ROW * (i + 1) + 8;
    const length = Math.max(1, ((WIDTH - LABELS - VALUES) * value) / most);
    return `<text x="${LABELS - 10}" y="${y + 16}" text-anchor="end">${escaped(label)}</text>
<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${ROW - 8}" rx="3" fill="${i === 0 ? '#2f81f7' : '#8b949e'}"/>
<text x="${LABELS + length + 8}" y="${y + 16}">${escaped(text(value))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>text{font:14px system-ui,sans-serif;fill:#57606a}@media(prefers-color-scheme:dark){text{fill:#adbac7}}</style>
<text x="8" y="22" font-weight="600">${escaped(title)}</text>
${rows.join('\n')}
</svg>
`;
};
