/** A JSON value that is kept as the text it came in: never written again. */
export class JsonText {
  readonly text: string;
  #value: unknown;

  /** @param value - what the text says, where that is known; else it is parsed when it is asked for. */
  constructor(text: string, value?: unknown) {
    this.text = text;
    this.#value = value;
  }

  /** What the text says. */
  get value(): unknown {
    this.#value ??= JSON.parse(this.text);
    return this.#value;
  }

  /** What `JSON.stringify` makes of it: the value, by way of parsing it. Whoever knows of the text splices it in. */
  toJSON(): unknown {
    return this.value;
  }
}

/** @returns a value’s JSON text */
export const jsonOf = (value: unknown): string =>
  value instanceof JsonText ? value.text : (JSON.stringify(value) ?? 'null');
