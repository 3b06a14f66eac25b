import * as v from 'valibot';

/**
 * The forms a variable can have. Each takes what the variable is for, in a sentence, from which the reference in
 * docs/configuration.md and .env.example are made.
 */

const described = <const S extends v.GenericSchema<string | undefined, unknown>>(
  schema: S,
  expected: string,
  about: string,
) => v.pipe(schema, v.title(expected), v.description(about));

const filled = (expected: string) => v.pipe(v.string(expected), v.minLength(1, expected));

/** Any text; not set where `fallback` is missing. */
export const text = (about: string) => described(v.optional(filled('a text')), 'a text', about);

/** A time; not set where it is not given. Read as milliseconds since 1970. */
export const instant = (about: string) => {
  const expected = 'a time, such as 2026-01-31T12:00:00Z';
  const schema = v.pipe(
    v.string(),
    v.check((value) => !Number.isNaN(Date.parse(value)), expected),
    v.transform((value) => Date.parse(value)),
  );
  return described(v.optional(schema), expected, about);
};

export const textOr = (fallback: string, about: string) =>
  described(v.optional(filled('a text'), fallback), 'a text', about);

/** A text of a certain form. */
export const textLike = (fallback: string, form: RegExp, expected: string, about: string) =>
  described(v.optional(v.pipe(v.string(), v.regex(form, expected)), fallback), expected, about);

export const integer = (fallback: number, least: number, most: number, about: string) => {
  const expected = `a whole number from ${least} to ${most}`;
  const schema = v.pipe(
    v.string(),
    v.regex(/^\d{1,15}$/, expected),
    v.transform(Number),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
  return described(v.optional(schema, String(fallback)), expected, about);
};

export const flag = (fallback: boolean, about: string) => {
  const expected = 'true or false';
  const schema = v.pipe(
    v.picklist(['true', 'false'], expected),
    v.transform((value) => value === 'true'),
  );
  return described(v.optional(schema, fallback ? 'true' : 'false'), expected, about);
};

/** A secret: at least so many bytes of UTF-8. */
export const secret = (least: number, about: string) => {
  const expected = `at least ${least} bytes`;
  const isLong = (value: string): boolean => new TextEncoder().encode(value).length >= least;
  return described(v.optional(v.pipe(v.string(), v.check(isLong, expected))), expected, about);
};

/** Texts separated by spaces, each of a certain form. */
export const list = (form: RegExp, expected: string, about: string, separator = /\s+/) =>
  described(
    v.optional(
      v.pipe(
        v.string(),
        v.transform((value) => value.trim().split(separator)),
        v.array(v.pipe(v.string(), v.regex(form, expected))),
      ),
    ),
    expected,
    about,
  );

const isUrl = (protocols: readonly string[]) => (value: string) =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol);

/** An address that must be given. */
export const url = (protocols: readonly string[], expected: string, about: string) =>
  described(v.pipe(v.string(expected), v.check(isUrl(protocols), expected)), expected, about);

/** An address; not set where there is none. */
export const urlIfAny = (protocols: readonly string[], expected: string, about: string) =>
  described(v.optional(v.pipe(v.string(expected), v.check(isUrl(protocols), expected))), expected, about);

export const choice = <const T extends readonly [string, ...string[]]>(
  options: T,
  fallback: T[number],
  about: string,
) => {
  const expected = `one of ${options.join(', ')}`;
  return described(v.optional(v.picklist(options, expected), fallback), expected, about);
};
