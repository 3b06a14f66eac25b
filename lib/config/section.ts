import * as v from 'valibot';
import { type Kept, problemOfArn, type Setting } from './forms.ts';

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

/** Texts of secrets, by the variables that name these. */
export type Secrets = ReadonlyMap<string, string>;

/** Settings that are read together: who reads one of them is given all. */
export interface Section<S = unknown> {
  /** What they are about, as the reference has it; several sections may share one. */
  readonly title: string;
  readonly settings: readonly Setting[];
  /** The variable that names their secret, where one of them may be kept so. */
  readonly secret?: string | undefined;
  /** @throws ConfigError naming every variable of the section that is missing or malformed, and what does not fit together. */
  readonly read: (environment: Environment, secrets?: Secrets) => S;
  /** What is weak in production, refused or allowed; nothing where a setting is malformed, which `read` tells. */
  readonly weaknesses: (environment: Environment, secrets?: Secrets) => readonly Misfit[];
}

/** A section of which every setting stands in the environment itself. */
export type PlainSection<S = unknown> = Section<S> & { readonly secret?: undefined };

/** A section with a setting whose secret may be kept elsewhere, and is exchanged there while a function runs. */
export type SecretSection<S = unknown> = Section<S> & { readonly secret: string };

type Entries = Readonly<Record<string, Setting>>;

type SectionOf<E extends Entries, S> =
  Extract<E[keyof E], { readonly kept: Kept }> extends never ? PlainSection<S> : SecretSection<S>;

/** What the entries of a section are parsed to. */
type Values<E extends Entries> = { readonly [K in keyof E]: E[K] extends Setting<infer T> ? T : never };

/** Names of variables whose values are not shown: an address may hold a password. */
const HIDDEN = /URL$|SECRET|PASSWORD|_KEY$/;

/** @returns what is wrong with a text that a setting does not take, and what was expected of it. */
const problemOf = ({ name, expected }: Setting, value: string | undefined): string => {
  if (value === undefined) return `${name} is not set; expected ${expected}`;
  return `${name}${HIDDEN.test(name) ? '' : `=${JSON.stringify(value)}`} is not usable; expected ${expected}`;
};

const badSecret = ({ variable, expected }: Kept): string =>
  `${variable.name} names a secret that is not usable; expected ${expected}`;

/** What a setting is given: by its variable, by a secret that another variable names, or by both of them together. */
const given = (
  { name, kept }: Setting,
  environment: Environment,
  secrets: Secrets,
): { readonly value: string | undefined; readonly isSecret: boolean } | { readonly problem: string } => {
  // The empty text counts as not set, so that a line `NAME=` in a `.env` file means the default.
  const said = environment[name] || undefined;
  const variable = kept?.variable.name ?? '';
  const named = environment[variable];
  if (kept === undefined || !named) return { value: said, isSecret: false };
  const problem = problemOfArn(variable, named);
  if (problem !== undefined) return { problem };
  if (said !== undefined && kept.isWhole(said)) {
    return { problem: `${name} and ${variable} both say the secret; one of them can be set` };
  }
  const secret = secrets.get(variable);
  if (secret === undefined)
    return { problem: `${variable} is for functions on AWS; here the secret stands in ${name}` };
  try {
    return { value: kept.complete(said, secret), isSecret: said === undefined };
  } catch {
    return { problem: badSecret(kept) };
  }
};

const unusable = (
  setting: Setting,
  { value, isSecret }: { readonly value: string | undefined; readonly isSecret: boolean },
): string =>
  isSecret && value !== undefined && setting.kept !== undefined ? badSecret(setting.kept) : problemOf(setting, value);

const NONE: Secrets = new Map();

/** Whether a text names the variable, and not only one whose name begins with its own. */
const isNamed = (name: string, text: string): boolean => text.split(/\W/).includes(name);

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
): SectionOf<E, S> => {
  const parse = (environment: Environment, secrets: Secrets) => {
    const problems: string[] = [];
    const malformed: Setting[] = [];
    const values = Object.fromEntries(
      Object.entries(entries).map(([key, setting]) => {
        const text = given(setting, environment, secrets);
        const parsed = 'problem' in text ? undefined : v.safeParse(setting.schema, text.value);
        if (parsed?.success) return [key, parsed.output];
        malformed.push(setting);
        problems.push('problem' in text ? text.problem : unusable(setting, text));
        return [key, v.safeParse(setting.schema, undefined).output];
      }),
    ) as Values<E>;
    return { values, problems, malformed };
  };
  /** What does not fit together of what is well: a setting that is not is taken as if it were not there. */
  const misfitsBeside = ({ values, malformed }: ReturnType<typeof parse>): readonly Misfit[] => {
    if (!malformed.every(({ schema }) => v.is(schema, undefined))) return [];
    return misfits(values).filter(({ says }) => !malformed.some(({ name }) => isNamed(name, says)));
  };
  const settings = Object.values<Setting>(entries).flatMap((setting) =>
    setting.kept === undefined ? [setting] : [setting, setting.kept.variable],
  );
  return {
    title,
    settings,
    secret: Object.values<Setting>(entries).find(({ kept }) => kept !== undefined)?.kept?.variable.name,
    read: (environment, secrets = NONE) => {
      const parsed = parse(environment, secrets);
      const refused = misfitsBeside(parsed).flatMap(({ says, weakness }) => (weakness?.allowed === true ? [] : [says]));
      const problems = [...parsed.problems, ...refused];
      if (problems.length > 0) throw new ConfigError(problems);
      return deepFrozen(shape(parsed.values));
    },
    weaknesses: (environment, secrets = NONE) => {
      const { values, problems } = parse(environment, secrets);
      return problems.length > 0 ? [] : misfits(values).filter(({ weakness }) => weakness !== undefined);
    },
  } satisfies Section<S> as SectionOf<E, S>;
};
