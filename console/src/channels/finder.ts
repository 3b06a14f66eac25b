import { element, field, fill, form } from '../dom.ts';
import { clockTime } from '../format.ts';
import type { Listing } from '../listing.ts';
import { keepInAddress } from '../navigation.ts';
import { Pages } from '../pages.ts';

/** A page of what is found for a text. */
interface FoundPage {
  readonly rows: readonly HTMLElement[];
  readonly next: string | null;
  /** How much it is. */
  readonly said: string;
  /** What is said instead of rows where there are none. */
  readonly empty: string;
}

/** What a finder asks, and in which words. */
interface Finding {
  /** Under which the text stands in the address. */
  readonly name: 'channel' | 'pattern';
  readonly title: string;
  readonly lead: string;
  readonly label: string;
  readonly placeholder: string;
  readonly listing: Listing;
  find(text: string, cursor: string | undefined): Promise<FoundPage>;
}

/** Asks for a text, and shows page by page what is found for it. */
export class Finder {
  readonly root: HTMLElement;
  readonly #finding: Finding;
  readonly #text: HTMLInputElement;
  readonly #notice = element('p', { class: 'empty', role: 'status' });
  readonly #found: HTMLElement;
  readonly #pages = new Pages(() => void this.#show());
  #asked = '';
  #round = 0;

  constructor(finding: Finding) {
    const { name, title, lead, label, placeholder, listing } = finding;
    this.#finding = finding;
    this.#text = element('input', {
      ...{ name, placeholder, required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' },
      class: 'code',
    });
    const region = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Found: ${title}` };
    const table = element('div', region, this.#notice, listing.root);
    this.#found = element('div', { class: 'found', hidden: true }, table, this.#pages.root);
    this.root = element(
      'section',
      { class: 'card finder', 'data-finder': name },
      element('h3', {}, title),
      element('p', { class: 'lead' }, lead),
      form(
        { class: 'row', 'aria-label': title },
        () => this.ask(this.#text.value),
        field(label, this.#text),
        element('button', { type: 'submit', class: 'primary' }, 'Find'),
      ),
      this.#found,
    );
  }

  /** Looks for a text from its first page on, and keeps it in the address. */
  ask(text: string): void {
    this.#text.value = text;
    this.#asked = text;
    this.#pages.reset();
    void this.#show();
  }

  async #show(): Promise<void> {
    const mine = ++this.#round;
    const { name, listing } = this.#finding;
    keepInAddress('channels', { [name]: this.#asked });
    this.#pages.asking();
    let page: FoundPage;
    try {
      page = await this.#finding.find(this.#asked, this.#pages.cursor);
    } catch (error) {
      page = { rows: [], next: null, said: '', empty: (error as Error).message };
    }
    if (mine !== this.#round) return;
    const { rows, next, said, empty } = page;
    this.#found.hidden = false;
    listing.show(rows);
    this.#notice.hidden = rows.length > 0;
    fill(this.#notice, empty);
    this.#pages.show(next, said === '' ? '' : `Page ${this.#pages.number}, ${said}, read at ${clockTime(Date.now())}`);
  }
}
