import uPlot from 'uplot';
import { element, fill, setAttributes } from '../dom.ts';
import { quantity } from '../format.ts';
import type { Panel } from './panels.ts';
import type { ChartPoint } from './past.ts';

/** Seconds for which points are kept. */
const KEPT = 3_600;
const HEIGHT = 160;

const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6];

/** Steps between ticks: of what is counted in wholes, there is no half. */
const INCREMENTS = { '': WHOLE, '/s': [0.1, 0.2, 0.5, ...WHOLE], ms: [0.1, 0.2, 0.5, ...WHOLE] };

/** Seconds between ticks of time. */
const TIMES = [10, 30, 60, 120, 300, 600, 900, 1_800, 3_600];

/** Colours come from the style sheet, so that they follow the scheme. */
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Lines that lie on each other, or look alike to somebody, differ in their dashes. */
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [1, 3]];

/** From zero, and a scale also where nothing happens. */
const range = (_: uPlot, __: number, most: number | null): uPlot.Range.MinMax => [0, Math.max(1, (most ?? 0) * 1.1)];

/** One chart over the last minutes, with a legend that says the numbers as text. */
export class Chart {
  readonly root: HTMLElement;
  readonly #panel: Panel;
  readonly #plot: uPlot;
  readonly #values: readonly HTMLElement[];
  readonly #missing = element('p', { class: 'missing', hidden: true });
  readonly #picture: HTMLElement;
  readonly #times: number[] = [];
  readonly #lines: (number | null)[][];
  /** Seconds that are shown. */
  #span = 300;

  constructor(panel: Panel) {
    this.#panel = panel;
    this.#lines = panel.lines.map(() => []);
    this.#values = panel.lines.map(() => element('dd', {}, '–'));
    this.#picture = element('div', { class: 'picture', role: 'img' });
    const legend = panel.lines.flatMap(({ label }, i) => [
      element('div', { class: `series series-${i + 1}` }, element('dt', {}, label), this.#values[i] as HTMLElement),
    ]);
    this.root = element(
      'figure',
      { class: 'card chart' },
      element(
        'figcaption',
        {},
        element('h3', {}, panel.title, panel.unit !== '' && element('small', {}, panel.unit)),
        element('dl', { class: 'legend' }, ...legend),
      ),
      this.#picture,
      this.#missing,
    );
    this.#plot = new uPlot(this.#options(), [this.#times, ...this.#lines], this.#picture);
    new ResizeObserver(() => this.#resize()).observe(this.#picture);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot.redraw());
  }

  /** Shows another time. @param span - seconds. */
  show(span: number): void {
    this.#span = span;
    this.#draw();
  }

  /** Begins the lines with these points; what is older than the hour is left out. */
  begin(points: readonly ChartPoint[]): void {
    this.#times.unshift(...points.map(({ at }) => at / 1_000));
    for (const [i, line] of this.#lines.entries()) line.unshift(...points.map(({ values }) => values[i] ?? null));
    this.#draw();
  }

  /** When its first point is, milliseconds since 1970; undefined where it has none. */
  get first(): number | undefined {
    const [first] = this.#times;
    return first === undefined ? undefined : first * 1_000;
  }

  #draw(): void {
    this.#plot.setData([this.#times, ...this.#lines]);
  }

  /**
   * Adds a point to every line.
   *
   * @param time - ms since 1970.
   * @param values - one for each line; null where there is none.
   * @param missing - metrics the service does not report.
   */
  add(time: number, values: readonly (number | null)[], missing: readonly string[]): void {
    this.#times.push(time / 1_000);
    for (const [i, line] of this.#lines.entries()) line.push(values[i] ?? null);
    while ((this.#times[0] ?? 0) < time / 1_000 - KEPT) {
      this.#times.shift();
      for (const line of this.#lines) line.shift();
    }
    this.#missing.hidden = missing.length === 0;
    fill(this.#missing, `This service does not report ${missing.join(', ')}.`);
    this.#draw();
    if (this.#plot.cursor.idx == null) this.#say(this.#times.length - 1);
  }

  /** Puts the numbers at a point into the legend. */
  #say(at: number): void {
    const texts = this.#lines.map((line) => {
      const value = line[at];
      return value == null ? '–' : quantity(value);
    });
    for (const [i, text] of texts.entries()) fill(this.#values[i] as HTMLElement, text);
    const spoken = this.#panel.lines.map(({ label }, i) => `${label} ${texts[i]}`).join(', ');
    setAttributes(this.#picture, { 'aria-label': `${this.#panel.title}: ${spoken} ${this.#panel.unit}`.trim() });
  }

  /** Values that no line leads to or from: they would not be seen. */
  #alone(line: number): number[] {
    const values = this.#lines[line - 1] ?? [];
    return values.flatMap((value, i) => (value !== null && values[i - 1] == null && values[i + 1] == null ? [i] : []));
  }

  #resize(): void {
    const { clientWidth } = this.#picture;
    if (clientWidth > 0) this.#plot.setSize({ width: clientWidth, height: HEIGHT });
  }

  #options(): uPlot.Options {
    const { unit } = this.#panel;
    const axis: uPlot.Axis = {
      stroke: () => colour('--muted'),
      grid: { stroke: () => colour('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    };
    return {
      width: 320,
      height: HEIGHT,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: 'overview' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: () => [Date.now() / 1_000 - this.#span, Date.now() / 1_000] },
        y: { range },
      },
      axes: [
        { ...axis, size: 26, space: 70, incrs: TIMES, values: (_, times) => times.map(clock) },
        { ...axis, size: 46, space: 32, incrs: INCREMENTS[unit], values: (_, values) => values.map(quantity) },
      ],
      series: [
        {},
        ...this.#panel.lines.map((_, i) => ({
          stroke: () => colour(`--series-${i + 1}`),
          width: 1.75,
          dash: DASHES[i] ?? [],
          points: {
            size: 5,
            width: 0,
            fill: () => colour(`--series-${i + 1}`),
            filter: (_: uPlot, line: number) => this.#alone(line),
          },
          spanGaps: false,
        })),
      ],
      hooks: {
        setCursor: [({ cursor }) => this.#say(cursor.idx ?? this.#times.length - 1)],
      },
    };
  }
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

const clock = (seconds: number): string => CLOCK.format(seconds * 1_000);
