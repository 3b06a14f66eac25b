import type { Event } from '../../../client/src/index.ts';
import { element, fill } from '../dom.ts';
import { clockTime, counted, milliseconds, timeOfDay } from '../format.ts';
import type { HeardEvent, Note } from './session.ts';

/** Rows kept; older ones go. */
const MOST_ROWS = 300;

const HOW = { live: 'live', replay: 'replayed', state: 'latest' } as const;

const dataText = ({ data, omitted }: Event): string =>
  omitted === true ? 'too large for a frame' : JSON.stringify(data);

const keyOf = ({ channel, epoch, offset, private: mine }: Event): string =>
  JSON.stringify([channel, epoch, offset, mine === true]);

/** A note in its row, and how often it was said there. */
interface ShownNote {
  readonly text: string;
  readonly row: HTMLElement;
  readonly time: HTMLElement;
  readonly said: HTMLElement;
  /** Milliseconds since 1970. */
  readonly since: number;
  count: number;
}

/** A table of events, the newest on top, with notes of what happened in between. */
export class EventLog {
  readonly root: HTMLElement;
  readonly #rows = element('tbody');
  readonly #table: HTMLElement;
  /** The cells that say by which subscriptions an event was heard, by event. */
  readonly #heardBy = new Map<
    string,
    { readonly row: HTMLElement; readonly cell: HTMLElement; readonly by: Set<string> }
  >();
  readonly #empty: HTMLElement;
  #lastNote: ShownNote | undefined;

  /** @param whenEmpty - what to say while there is nothing. */
  constructor(label: string, whenEmpty: string) {
    this.#empty = element('p', { class: 'empty' }, whenEmpty);
    const heading = ['Time', 'Channel', 'Offset', 'Data', 'From', 'How', 'By'].map((text) =>
      element('th', { scope: 'col', class: text.toLowerCase() }, text),
    );
    this.#table = element(
      'table',
      { class: 'events', hidden: true },
      element('caption', { class: 'unseen' }, label),
      element('thead', {}, element('tr', {}, ...heading)),
      this.#rows,
    );
    // It scrolls, so the keyboard must be able to get there.
    this.root = element(
      'div',
      { class: 'log', tabindex: 0, role: 'region', 'aria-label': label },
      this.#empty,
      this.#table,
    );
  }

  /** Shows an event. One that several subscriptions heard is one row, which names them. */
  add({ event, how, by, latency }: HeardEvent): void {
    const key = keyOf(event);
    const shown = this.#heardBy.get(key);
    if (shown?.row.isConnected && !shown.by.has(by)) {
      shown.by.add(by);
      fill(shown.cell, [...shown.by].join(', '));
      return;
    }
    const label = latency === undefined ? HOW[how] : `${HOW[how]}, ${milliseconds(latency)}`;
    const cell = element('td', { class: 'by' }, by);
    const row = element(
      'tr',
      { class: how, 'data-channel': event.channel, 'data-offset': event.offset },
      element('td', { class: 'time' }, clockTime(event.timestamp)),
      element('td', { class: 'channel' }, event.channel),
      element('td', { class: 'offset' }, event.private === true ? `${event.offset} (private)` : event.offset),
      element('td', { class: 'data' }, dataText(event)),
      element('td', { class: 'from' }, event.userId ?? '–'),
      element('td', { class: 'how' }, element('span', { class: `tag ${how}` }, label)),
      cell,
    );
    this.#heardBy.set(key, { row, cell, by: new Set([by]) });
    this.#put(row);
  }

  /** Shows what happened. The same as before, with nothing in between, is counted and takes no other row. */
  note({ text, isProblem }: Note): void {
    const now = Date.now();
    const last = this.#lastNote;
    if (last?.text === text && last.row === this.#rows.firstElementChild) {
      last.count += 1;
      fill(last.said, `${text} (${counted(last.count, 'time')} since ${timeOfDay(last.since)})`);
      fill(last.time, clockTime(now));
      return;
    }
    const time = element('td', { class: 'time' }, clockTime(now));
    const said = element('td', { colspan: 6 }, text);
    const row = element('tr', { class: isProblem ? 'note problem' : 'note' }, time, said);
    this.#lastNote = { text, row, time, said, since: now, count: 1 };
    this.#put(row);
  }

  clear(): void {
    fill(this.#rows);
    this.#heardBy.clear();
    this.#show();
  }

  #put(row: HTMLElement): void {
    this.#rows.prepend(row);
    while (this.#rows.childElementCount > MOST_ROWS) this.#rows.lastElementChild?.remove();
    if (this.#heardBy.size > 2 * MOST_ROWS) this.#forgetGone();
    this.#show();
  }

  #forgetGone(): void {
    for (const [key, { row }] of this.#heardBy) if (!row.isConnected) this.#heardBy.delete(key);
  }

  #show(): void {
    const isEmpty = this.#rows.childElementCount === 0;
    this.#table.hidden = isEmpty;
    this.#empty.hidden = !isEmpty;
  }
}
