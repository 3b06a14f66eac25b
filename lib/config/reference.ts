import type { Setting } from './forms.ts';
import type { Environment } from './section.ts';
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

/** What a setting is: what its variable says, else what it is where nothing is said. */
const saidOf = (name: string, environment: Environment): string | undefined =>
  environment[name] || settings.get(name)?.fallback;

/**
 * What is set and takes effect only with another setting, which is not as it would have to be.
 *
 * @returns it in words. A setting that says no more than its default is none of them.
 */
export const idleSettings = (environment: Environment): readonly string[] =>
  [...settings.values()].flatMap(({ name, fallback, notes: { only } }) => {
    const said = saidOf(name, environment);
    if (only === undefined || said === undefined || said === fallback) return [];
    const [other, value] = only;
    return saidOf(other, environment) === value ? [] : [`${name} has no effect: it takes ${other}=${value} as well`];
  });

/** @returns the name of the parameter that sets it in a deployed stage; undefined where none does. */
export const parameterOf = ({ name, notes }: Setting): string | undefined =>
  notes.deployed === undefined
    ? (notes.parameter ?? name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
    : undefined;
