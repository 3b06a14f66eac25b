/** A JSON Schema of draft 2020-12, as far as the service's own documents use it. */
export type Schema = { readonly [keyword: string]: unknown };

/** What says something of a schema, and nothing of a value. */
const SAYINGS = new Set(['title', 'description', 'default', '$comment']);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

type Faults = (
  value: unknown,
  at: string,
  next: (schema: Schema, value: unknown, at: string) => readonly string[],
) => readonly string[];

const unless = (holds: boolean, fault: string): readonly string[] => (holds ? [] : [fault]);

/** What each keyword finds wrong with a value, where it is about its type at all. */
const keywords = (schema: Schema): Readonly<Record<string, Faults>> => {
  const { type, const: only, enum: choice, properties = {}, required, additionalProperties, items } = schema;
  const number = (name: string): number => schema[name] as number;
  const size = (value: unknown): number => (typeof value === 'string' || Array.isArray(value) ? value.length : 0);
  return {
    type: (value, at) => unless(TYPES[String(type)]?.(value) === true, `${at} is no ${type}`),
    const: (value, at) => unless(value === only, `${at} is not ${JSON.stringify(only)}`),
    enum: (value, at) => unless((choice as unknown[]).includes(value), `${at} is none of ${choice}`),
    minLength: (value, at) => unless(typeof value !== 'string' || size(value) >= number('minLength'), `${at} is short`),
    maxLength: (value, at) => unless(typeof value !== 'string' || size(value) <= number('maxLength'), `${at} is long`),
    minItems: (value, at) => unless(!Array.isArray(value) || size(value) >= number('minItems'), `${at} has too few`),
    maxItems: (value, at) => unless(!Array.isArray(value) || size(value) <= number('maxItems'), `${at} has too many`),
    minimum: (value, at) => unless(typeof value !== 'number' || value >= number('minimum'), `${at} is small`),
    maximum: (value, at) => unless(typeof value !== 'number' || value <= number('maximum'), `${at} is large`),
    required: (value, at) =>
      isObject(value)
        ? (required as string[]).flatMap((name) => unless(Object.hasOwn(value, name), `${at}.${name} is missing`))
        : [],
    properties: (value, at, next) =>
      isObject(value)
        ? Object.entries(properties as Record<string, Schema>).flatMap(([name, of]) =>
            Object.hasOwn(value, name) ? next(of, value[name], `${at}.${name}`) : [],
          )
        : [],
    additionalProperties: (value, at, next) =>
      isObject(value)
        ? Object.entries(value).flatMap(([name, each]) =>
            Object.hasOwn(properties as object, name)
              ? []
              : next(additionalProperties as Schema, each, `${at}.${name}`),
          )
        : [],
    items: (value, at, next) =>
      Array.isArray(value) ? value.flatMap((each, i) => next(items as Schema, each, `${at}.${i}`)) : [],
    allOf: (value, at, next) => (schema['allOf'] as Schema[]).flatMap((each) => next(each, value, at)),
    anyOf: (value, at, next) => {
      const found = (schema['anyOf'] as Schema[]).map((each) => next(each, value, at));
      return found.some((faults) => faults.length === 0) ? [] : [`${at} is none of what it may be: ${found.flat()}`];
    },
  };
};

const resolved = (document: unknown, reference: string): Schema =>
  reference
    .slice('#/'.length)
    .split('/')
    .reduce((value, name) => (value as Record<string, unknown>)[name], document) as Schema;

/**
 * Holds a value to a schema.
 *
 * @param document - in which the references of the schema are.
 * @returns what is wrong with it, each with where; nothing where it fits.
 * @throws Error for a keyword that is not known here: a schema that is not understood proves nothing.
 */
export const faultsOf = (document: unknown, schema: Schema, value: unknown, at = 'it'): readonly string[] => {
  const next = (of: Schema, each: unknown, where: string) => faultsOf(document, of, each, where);
  const known = keywords(schema);
  return Object.keys(schema).flatMap((keyword) => {
    if (SAYINGS.has(keyword)) return [];
    if (keyword === '$ref') return next(resolved(document, String(schema['$ref'])), value, at);
    const faults = known[keyword];
    if (faults === undefined) throw new Error(`The keyword ${keyword} is not known here`);
    return faults(value, at, next);
  });
};
