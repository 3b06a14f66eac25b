import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command says what it has to say. */
export interface Output {
  /** Whether it is read by a program: then each line is JSON. */
  readonly json: boolean;
  /** Says a line to a person, or a value to a program. */
  say(line: string, value: unknown): void;
  /** A text in a colour, where a terminal shows it. */
  styled(style: Style, text: string): string;
}

/** The output of this process. Colours are for a terminal alone, and never where `NO_COLOR` is set. */
export const standardOutput = (json: boolean): Output => ({
  json,
  say: (line, value) => void process.stdout.write(`${json ? JSON.stringify(value) : line}\n`),
  styled: (style, text) => (json ? text : styleText(style, text, { stream: process.stdout })),
});
