import { isParked } from '../../../lib/protocol/http/figures.ts';
import type { Interval } from '../../../lib/protocol/http/interval.ts';
import { element, fill } from '../dom.ts';
import { milliseconds, quantity } from '../format.ts';

interface Figure {
  readonly label: string;
  /** @returns null where the service does not say. */
  of(interval: Interval): string | null;
}

const said = (value: number | null, as: (value: number) => string): string | null =>
  value === null ? null : as(value);

/** The numbers one looks for first. */
const FIGURES: readonly Figure[] = [
  { label: 'open connections', of: (interval) => said(interval.sum('connections'), quantity) },
  { label: 'events appended a second', of: (interval) => said(interval.rate('events_appended'), quantity) },
  { label: 'events delivered a second', of: (interval) => said(interval.rate('events_delivered'), quantity) },
  {
    label: 'latency now, p95',
    of: (interval) => said(interval.quantile('events_latency', 0.95), milliseconds),
  },
  {
    label: 'messages waiting',
    of: (interval) =>
      said(
        interval.sum('rabbitmq_queue_depth', (queue) => !isParked(queue)),
        quantity,
      ),
  },
  { label: 'parked since the start', of: (interval) => said(interval.sum('events_parked'), quantity) },
];

/** A row of large numbers. */
export class Figures {
  readonly root: HTMLElement;
  readonly #values = FIGURES.map(() => element('dd', {}, '–'));

  constructor() {
    const figures = FIGURES.map(({ label }, i) =>
      element('div', { class: 'figure' }, element('dt', {}, label), this.#values[i] as HTMLElement),
    );
    this.root = element('dl', { class: 'card figures' }, ...figures);
  }

  /** @param interval - undefined where nothing is known at present. */
  show(interval: Interval | undefined): void {
    for (const [i, { of }] of FIGURES.entries()) {
      fill(this.#values[i] as HTMLElement, (interval && of(interval)) ?? '–');
    }
  }
}
