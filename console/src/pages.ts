import { button, element, fill } from './dom.ts';

/** Which page of an answer is shown, with the buttons that lead to the others. */
export class Pages {
  readonly root: HTMLElement;
  readonly #previous: HTMLButtonElement;
  readonly #following: HTMLButtonElement;
  readonly #said = element('span', { class: 'muted' });
  /** The cursor of this page and of all before it; the first has none. */
  #path: readonly (string | undefined)[] = [undefined];
  #next: string | null = null;

  /** @param onTurned - told that another page is to be shown. */
  constructor(onTurned: () => void) {
    const turn = (path: readonly (string | undefined)[]): void => {
      this.#path = path;
      onTurned();
    };
    this.#previous = button('Previous', () => turn(this.#path.slice(0, -1)));
    this.#following = button('Next', () => turn([...this.#path, this.#next as string]));
    this.root = element('div', { class: 'pages' }, this.#previous, this.#following, this.#said);
    this.#enable();
  }

  /** What the service is asked with for the page that is to be shown; undefined for the first. */
  get cursor(): string | undefined {
    return this.#path.at(-1);
  }

  /** From 1 on. */
  get number(): number {
    return this.#path.length;
  }

  /** Goes back to the first page, of something else. */
  reset(): void {
    this.#path = [undefined];
  }

  /** Nobody turns a page while one is asked for. */
  asking(): void {
    this.#previous.disabled = true;
    this.#following.disabled = true;
  }

  /** @param next - the cursor of the page behind; null where there is none. @param said - of this page. */
  show(next: string | null, said: string): void {
    this.#next = next;
    fill(this.#said, said);
    this.#enable();
  }

  #enable(): void {
    this.#previous.disabled = this.number === 1;
    this.#following.disabled = this.#next === null;
  }
}
