/** A JSON value that is kept as the text it came in: neither parsed nor written again. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** What `JSON.stringify` makes of it: the value, by way of parsing it. Whoever knows of the text splices it in. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** @returns a value’s JSON text */
export const jsonOf = (value: unknown): string =>
  value instanceof JsonText ? value.text : (JSON.stringify(value) ?? 'null');
