import * as v from 'valibot';
import type { Setting } from './forms.ts';

/** Names and text values, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that is missing or malformed. The message names every offending variable and what was expected of it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** What does not fit together, or does not fit production. */
export interface Misfit {
  /** With the names of the settings. */
  readonly says: string;
  /** Of what somebody may allow: whether it was, and whether it comes of a setting that is not there. */
  readonly weakness?: { readonly allowed: boolean; readonly missing: boolean };
}

/** Settings that are read together: who reads one of them is given all. */
export interface Section<S = unknown> {
  /** What they are about, as the reference has it; several sections may share one. */
  readonly title: string;
  readonly settings: readonly Setting[];
  /** @throws ConfigError naming every variable of the section that is missing or malformed, and what does not fit together. */
  readonly read: (environment: Environment) => S;
  /** What is weak in production, refused or allowed; nothing where a setting is malformed, which `read` tells. */
  readonly weaknesses: (environment: Environment) => readonly Misfit[];
}

type Entries = Readonly<Record<string, Setting>>;

/** What the entries of a section are parsed to. */
type Values<E extends Entries> = { readonly [K in keyof E]: E[K] extends Setting<infer T> ? T : never };

/** Names of variables whose values are not shown: an address may hold a password. */
const HIDDEN = /URL$|SECRET|PASSWORD|_KEY$/;

/** @returns what is wrong with a text that a setting does not take, and what was expected of it. */
const problemOf = ({ name, expected }: Setting, value: string | undefined): string => {
  if (value === undefined) return `${name} is not set; expected ${expected}`;
  return `${name}${HIDDEN.test(name) ? '' : `=${JSON.stringify(value)}`} is not usable; expected ${expected}`;
};

const deepFrozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
};

/**
 * A part of the table of settings.
 *
 * @param title - what it is about, as the reference has it.
 * @param entries - its settings, by what code calls them.
 * @param shape - makes of the parsed values what code reads, where that is not these values themselves.
 * @param misfits - says what does not fit together.
 */
/* @__NO_SIDE_EFFECTS__ */
export const section = <const E extends Entries, S = Values<E>>(
  title: string,
  entries: E,
  shape: (values: Values<E>) => S = (values) => values as unknown as S,
  misfits: (values: Values<E>) => readonly Misfit[] = () => [],
): Section<S> => {
  const parse = (environment: Environment) => {
    const problems: string[] = [];
    const values = Object.fromEntries(
      Object.entries(entries).map(([key, setting]) => {
        // The empty text counts as not set, so that a line `NAME=` in a `.env` file means the default.
        const value = environment[setting.name] || undefined;
        const parsed = v.safeParse(setting.schema, value);
        if (!parsed.success) problems.push(problemOf(setting, value));
        return [key, parsed.output];
      }),
    ) as Values<E>;
    return { values, problems };
  };
  return {
    title,
    settings: Object.values(entries),
    read: (environment) => {
      const { values, problems } = parse(environment);
      if (problems.length === 0) {
        problems.push(...misfits(values).flatMap(({ says, weakness }) => (weakness?.allowed === true ? [] : [says])));
      }
      if (problems.length > 0) throw new ConfigError(problems);
      return deepFrozen(shape(values));
    },
    weaknesses: (environment) => {
      const { values, problems } = parse(environment);
      return problems.length > 0 ? [] : misfits(values).filter(({ weakness }) => weakness !== undefined);
    },
  };
};
