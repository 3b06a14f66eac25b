import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exponentOf } from '../../bench/growth/axes.ts';
import { FIGURES_BEGIN, FIGURES_END, page, type Run, withFigures } from '../../bench/page.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../..', name), 'utf8');

/** Of each row of a table: the measure’s name and its value. */
const valuesOf = (markdown: string): readonly (readonly [string, string])[] =>
  [...markdown.matchAll(/\| `([a-z0-9.-]+)` +\| ([^|]+?) +\|/g)].map(([, name = '', value = '']) => [name, value]);

const between = (readme: string): string => readme.slice(readme.indexOf(FIGURES_BEGIN), readme.indexOf(FIGURES_END));

const run: Run = {
  machine: { cpu: 'cpu', cores: 2, memoryGb: 8 },
  versions: { node: '24' },
  failed: ['match'],
  measures: [
    { name: 'post.cpu-vs-sdk', value: 13.26, unit: '×', target: 8, better: 'higher', met: true },
    { name: 'e2e.latency-vs-socketio', value: 4, unit: '×', target: 3, better: 'lower', met: false },
    { name: 'e2e.latency-append', value: 0.4, unit: 'ms', better: 'lower' },
  ],
};

describe('figures', () => {
  it('in the README are those of docs/performance.md', () => {
    const shown = valuesOf(between(read('README.md')));
    expect(shown.length).toBeGreaterThan(3);
    expect(valuesOf(read('docs/performance.md'))).toEqual(expect.arrayContaining([...shown]));
  });

  it('stand between the markers, whatever stood there', () => {
    const once = withFigures(`before\n${FIGURES_BEGIN}\nold\n${FIGURES_END}\nafter`, run);
    expect(valuesOf(once)).toEqual([
      ['post.cpu-vs-sdk', '13.3 ×'],
      ['e2e.latency-vs-socketio', '4 ×'],
    ]);
    expect(once).toMatch(/^before\n.*\nafter$/s);
    expect(once).not.toContain('old');
    expect(withFigures(once, run)).toBe(once);
    expect(() => withFigures('none', run)).toThrow('no place for figures');
  });

  it('that were missed come with their profile and with what bounds them, and suites that failed are named', () => {
    const text = page(run, []);
    const [, missed = ''] = text.split('## What was missed');
    expect(missed).toContain('### `e2e.latency-vs-socketio`');
    expect(missed).not.toContain('### `post.cpu-vs-sdk`');
    expect(valuesOf(missed)).toEqual([['e2e.latency-append', '0.4 ms']]);
    expect(text).toContain('did not run to their end: match');
  });

  it('of a curve stand together, and beside them what fits', () => {
    const point = (count: number) => ({
      ...{ name: `growth.listeners-at-${count}`, value: count / 10, unit: 'ms', better: 'lower' as const },
    });
    const exponent = {
      name: 'growth.listeners',
      value: 1,
      unit: '',
      target: 1.05,
      better: 'lower' as const,
      met: true,
    };
    const text = page({ ...run, measures: [exponent, point(10), point(100)] }, []);
    expect(valuesOf(text)).toEqual([['growth.listeners', '1']]);
    expect(text).toMatch(/## How it grows[\s\S]*\| listeners of the channel \| 10: 1; 100: 10 +\|/);
  });

  it('of rivals come with what each promises', () => {
    const rival = { name: 'e2e.throughput-of-nats', value: 1, unit: '/s', better: 'higher' as const };
    const [, promised = ''] = page({ ...run, measures: [rival] }, []).split('## What each promises');
    expect(promised).toMatch(/\| ours +\|[\s\S]*\| nats +\|/);
    expect(promised).not.toContain('centrifugo');
  });
});

describe('the exponent of growth', () => {
  it.each([0, 0.1, 1, 2])('is %d where the time is a power law of it', (exponent) => {
    const points = [10, 100, 1_000, 10_000].map((count) => [count, 3 * count ** exponent] as const);
    expect(exponentOf(points)).toBeCloseTo(exponent);
  });

  it('is between those of its parts where it bends', () => {
    const points = [1, 10, 100, 1_000].map((count) => [count, 1 + count] as const);
    expect(exponentOf(points)).toBeGreaterThan(0);
    expect(exponentOf(points)).toBeLessThan(1);
    expect(exponentOf(points.slice(-2))).toBeGreaterThan(exponentOf(points));
  });
});
