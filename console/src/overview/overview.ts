import { element, fill } from '../dom.ts';
import { timeOfDay } from '../format.ts';
import type { AskError } from '../service/ask.ts';
import { Interval, type Metrics } from '../service/metrics.ts';
import { Outage } from '../service/outage.ts';
import type { Outcome } from '../service/poll.ts';
import type { Service } from '../service/service.ts';
import { Chart } from './chart.ts';
import { Checks } from './checks.ts';
import { Figures } from './figures.ts';
import { PANELS } from './panels.ts';
import { Parked } from './parked.ts';

/** Milliseconds between two readings beyond which a line is broken: nobody looked meanwhile. */
const LONGEST_INTERVAL = 15_000;

const WHAT_TO_DO: Readonly<Record<AskError['kind'], string>> = {
  refused: 'Type it in with the button “Key” above.',
  unreachable: 'It is asked again every two seconds.',
  absent: 'The charts need it; the checks above do not.',
  failed: 'It is asked again every two seconds.',
};

/** How the service is, at a glance and over the last five minutes. */
export const overview = (service: Service): HTMLElement => {
  const checks = new Checks();
  const figures = new Figures();
  const parked = new Parked(service);
  const charts = PANELS.map((panel) => new Chart(panel));
  const problem = element('p', { class: 'notice', role: 'status', hidden: true });
  const unread = new Outage();
  let before: Extract<Outcome<Metrics>, { value: Metrics }> | undefined;

  const addPoint = (at: number, interval: Interval | undefined, metrics: Metrics | undefined): void => {
    figures.show(interval);
    parked.show(interval);
    for (const [i, panel] of PANELS.entries()) {
      const missing = metrics === undefined ? [] : panel.metrics.filter((metric) => metrics[metric] === undefined);
      const values = panel.lines.map((line) => (interval === undefined ? null : line.of(interval)));
      charts[i]?.add(at, values, missing);
    }
  };

  service.health.listen((outcome) => {
    checks.show(outcome);
    // What is away as a whole is said once, above.
    if (service.outage.since !== undefined) problem.hidden = true;
  });
  service.metrics.listen((outcome) => {
    unread.note('error' in outcome, outcome.at);
    problem.hidden =
      !('error' in outcome) || (outcome.error.kind === 'unreachable' && service.outage.since !== undefined);
    if ('error' in outcome) {
      const { message, kind } = outcome.error;
      const said = `No metrics since ${timeOfDay(unread.since ?? outcome.at)}: ${message} ${WHAT_TO_DO[kind]}`;
      if (problem.textContent !== said) fill(problem, said);
      addPoint(outcome.at, undefined, undefined);
      before = undefined;
      return;
    }
    const { at, value } = outcome;
    const isRecent = before !== undefined && at - before.at <= LONGEST_INTERVAL;
    if (before !== undefined && !isRecent) addPoint(before.at + 1, undefined, undefined);
    // A first reading tells how things are, and not yet what happens.
    const last = isRecent && before !== undefined ? before : outcome;
    addPoint(at, new Interval(last.value, value, at - last.at), value);
    before = outcome;
  });

  return element(
    'div',
    { class: 'view overview' },
    element('h2', { class: 'unseen' }, 'Overview'),
    checks.root,
    problem,
    parked.root,
    figures.root,
    element('div', { class: 'charts' }, ...charts.map(({ root }) => root)),
    element('p', { class: 'hint' }, 'The last five minutes, read every two seconds while this page is looked at.'),
  );
};
