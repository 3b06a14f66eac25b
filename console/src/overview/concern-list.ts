import type { Interval } from '../../../lib/protocol/http/interval.ts';
import { element, fill } from '../dom.ts';
import { type Concern, concernsOf } from './concerns.ts';

/** Milliseconds for which something is shown after it was last so: what comes and goes could not be read. */
const HELD = 30_000;

interface Held {
  readonly concern: Concern;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** What is wrong, in sentences, each with where one sees more. Nothing is to be seen where all is well. */
export class ConcernList {
  readonly root: HTMLElement;
  readonly #list = element('ul', { class: 'concerns' });
  readonly #held = new Map<string, Held>();

  constructor() {
    this.root = element(
      'section',
      { class: 'card attention', 'aria-label': 'What is wrong', hidden: true },
      element('h3', {}, 'What is wrong'),
      this.#list,
    );
  }

  /** @param interval - undefined where nothing is known at present. @param now - ms since 1970. */
  show(interval: Interval | undefined, now: number): void {
    for (const concern of interval === undefined ? [] : concernsOf(interval)) {
      this.#held.set(concern.key, { concern, until: now + HELD });
    }
    for (const [key, { until }] of this.#held) if (until < now) this.#held.delete(key);
    const rows = [...this.#held.values()].map(({ concern: { key, text, href, link } }) =>
      element('li', { 'data-concern': key }, `${text} `, element('a', { href }, link)),
    );
    // A link that somebody is about to follow stays what it is.
    if (!this.#list.contains(document.activeElement) || rows.length === 0) fill(this.#list, ...rows);
    this.root.hidden = rows.length === 0;
  }
}
