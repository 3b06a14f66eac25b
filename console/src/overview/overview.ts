import { FIGURES } from '../../../lib/protocol/http/figures.ts';
import { Interval, type Metrics } from '../../../lib/protocol/http/interval.ts';
import { element, field, fill } from '../dom.ts';
import { timeOfDay } from '../format.ts';
import { keepInAddress, onShown } from '../navigation.ts';
import type { AskError } from '../service/ask.ts';
import { Outage } from '../service/outage.ts';
import type { Outcome } from '../service/poll.ts';
import type { Service } from '../service/service.ts';
import { Chart } from './chart.ts';
import { Checks } from './checks.ts';
import { ConcernList } from './concern-list.ts';
import { Figures } from './figures.ts';
import { metricsOf, PANELS } from './panels.ts';
import { Parked } from './parked.ts';
import { pastOf } from './past.ts';

/** Milliseconds between two readings beyond which a line is broken: nobody looked meanwhile. */
const LONGEST_INTERVAL = 15_000;

/** The times that charts can show. */
const SPANS = [
  { name: 'minutes', label: 'the last five minutes', seconds: 300 },
  { name: 'hour', label: 'the last hour', seconds: 3_600 },
] as const;

const WHAT_TO_DO: Readonly<Record<AskError['kind'], string>> = {
  refused: 'Type it in with the button “Key” above.',
  unreachable: 'It is asked again every two seconds.',
  absent: 'The charts need it; the checks above do not.',
  failed: 'It is asked again every two seconds.',
};

/** How the service is, at a glance and over the last minutes or the last hour. */
export const overview = (service: Service): HTMLElement => {
  const checks = new Checks();
  const figures = new Figures();
  const parked = new Parked(service);
  const concerns = new ConcernList();
  const charts = PANELS.map((panel) => new Chart(panel));
  const problem = element('p', { class: 'notice', role: 'status', hidden: true });
  const unread = new Outage();
  let before: Extract<Outcome<Metrics>, { value: Metrics }> | undefined;

  const addPoint = (at: number, interval: Interval | undefined, metrics: Metrics | undefined): void => {
    figures.show(interval);
    parked.show(interval);
    concerns.show(interval, at);
    for (const [i, panel] of PANELS.entries()) {
      const missing = metrics === undefined ? [] : metricsOf(panel).filter((metric) => metrics[metric] === undefined);
      const values = panel.lines.map(({ figure }) => (interval === undefined ? null : FIGURES[figure].of(interval)));
      charts[i]?.add(at, values, missing);
    }
  };

  let hasPast = false;
  /** Once, as soon as the service answers. */
  const beginWithPast = async (): Promise<void> => {
    if (hasPast) return;
    hasPast = true;
    try {
      const points = await service.past();
      for (const [i, panel] of PANELS.entries()) {
        const chart = charts[i];
        chart?.begin(pastOf(panel, points, chart.first ?? Date.now()));
      }
    } catch {
      // The next reading says what is wrong, and asks again.
      hasPast = false;
    }
  };

  const span = element(
    'select',
    { name: 'span' },
    ...SPANS.map(({ name, label }) => element('option', { value: name }, label)),
  );
  const showSpan = (): void => {
    const seconds = SPANS.find(({ name }) => name === span.value)?.seconds ?? SPANS[0].seconds;
    for (const chart of charts) chart.show(seconds);
  };
  span.addEventListener('change', () => {
    keepInAddress('overview', { span: span.value === SPANS[0].name ? '' : span.value });
    showSpan();
  });

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
    void beginWithPast();
    const isRecent = before !== undefined && at - before.at <= LONGEST_INTERVAL;
    if (before !== undefined && !isRecent) addPoint(before.at + 1, undefined, undefined);
    // A first reading tells how things are, and not yet what happens.
    const last = isRecent && before !== undefined ? before : outcome;
    addPoint(at, new Interval(last.value, value, at - last.at), value);
    before = outcome;
  });

  const view = element(
    'div',
    { class: 'view overview' },
    element('h2', { class: 'unseen' }, 'Overview'),
    checks.root,
    problem,
    concerns.root,
    parked.root,
    figures.root,
    element('div', { class: 'span' }, field('The charts show', span)),
    element('div', { class: 'charts' }, ...charts.map(({ root }) => root)),
    element(
      'p',
      { class: 'hint' },
      'Read every two seconds while this page is looked at. What was before is kept for an hour: a point each ten seconds, or a minute on AWS.',
    ),
  );
  onShown(view, (query) => {
    const asked = SPANS.find(({ name }) => name === query.get('span'));
    if (asked === undefined) return;
    span.value = asked.name;
    showSpan();
  });
  return view;
};
