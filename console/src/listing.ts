import { element, fill } from './dom.ts';
import { counted } from './format.ts';

/** Rows under columns; where there is no room for a table, each row is a card. Nothing is to be seen without rows. */
export class Listing {
  readonly root: HTMLElement;
  readonly #rows = element('tbody');

  /** @param kind - its class. @param caption - for readers of the screen. @param columns - the first heads each row. */
  constructor(kind: string, caption: string, columns: readonly string[]) {
    this.root = element(
      'table',
      { class: `listing ${kind}`, hidden: true },
      element('caption', { class: 'unseen' }, caption),
      element('thead', {}, element('tr', {}, ...columns.map((title) => element('th', { scope: 'col' }, title)))),
      this.#rows,
    );
  }

  show(rows: readonly HTMLElement[]): void {
    fill(this.#rows, ...rows);
    this.root.hidden = rows.length === 0;
  }
}

/** A cell that says its column where the row is a card. */
export const cell = (column: string, attributes: Parameters<typeof element>[1], child: Node | string): HTMLElement =>
  element('td', { 'data-column': column, ...attributes }, child);

/** Texts as code, and how many more there are, behind a line that says how many where they are many. @param what - one of them. */
export const codesOf = (texts: readonly string[], count: number, what: string): HTMLElement => {
  const codes = texts.map((text) => element('code', {}, text));
  const rest = count - texts.length;
  if (count === 0) return element('span', { class: 'muted' }, 'none');
  if (codes.length <= 3 && rest === 0) return element('span', { class: 'codes' }, ...codes);
  return element(
    'details',
    {},
    element('summary', {}, counted(count, what)),
    element('span', { class: 'codes' }, ...codes, rest > 0 && element('span', { class: 'muted' }, `and ${rest} more`)),
  );
};
