/** Where the client writes. */
export interface Screen {
  /** A line for good. */
  line(text: string): void;
  /** A line that the next one replaces; nothing where the output is not a terminal. */
  passing(text: string): void;
}

const CLEAR = '\r\x1b[K';

/** Lines to a stream, above the prompt where there is one. */
export class StreamScreen implements Screen {
  readonly #out: NodeJS.WriteStream;
  /** Writes the prompt again, and what was typed behind it. */
  redraw: () => void = () => undefined;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  line(text: string): void {
    this.#out.write(`${this.#out.isTTY ? CLEAR : ''}${text}\n`);
    this.redraw();
  }

  passing(text: string): void {
    if (this.#out.isTTY) this.#out.write(`${CLEAR}${text}`);
  }
}
