import type { Setting } from './forms.ts';
import { sections } from './variables.ts';

interface Listed extends Setting {
  /** Of the first section it stands in. */
  readonly title: string;
}

const listed = Object.values(sections).flatMap(({ title, settings }) =>
  settings.map((setting): Listed => ({ ...setting, title })),
);

/** Every setting of the table once, in its order, by the names of their variables. */
export const settings: ReadonlyMap<string, Listed> = new Map(
  listed.map(({ name }) => [name, listed.find((other) => other.name === name) as Listed]),
);

/** @returns the name of the parameter that sets it in a deployed stage; undefined where none does. */
export const parameterOf = ({ name, notes }: Setting): string | undefined =>
  notes.deployed === undefined
    ? (notes.parameter ?? name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
    : undefined;
