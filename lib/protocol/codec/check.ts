import * as v from 'valibot';
import { identifier } from '../identifier.ts';
import type { Field, Form, Shape } from '../messages/fields.ts';
import type { Definition } from '../messages/message.ts';
import { expectedOf } from './expected.ts';

type FormOf<K extends Form['kind']> = Form & { readonly kind: K };

const wholeNumber = (form: FormOf<'whole-number'>): v.GenericSchema => {
  const expected = expectedOf(form);
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(form.atLeast ?? Number.MIN_SAFE_INTEGER, expected),
    v.maxValue(form.atMost ?? Number.MAX_SAFE_INTEGER, form.atMost === undefined ? 'at most 2^53 - 1' : expected),
  );
};

const listOf = (item: v.GenericSchema, { what, atLeast, leastWhat, atMost }: FormOf<'list' | 'list-or-one'>) =>
  v.pipe(
    v.array(item, `a list of ${what}`),
    v.maxLength(atMost ?? Number.MAX_SAFE_INTEGER, `at most ${atMost} ${what}`),
    v.minLength(atLeast ?? 0, leastWhat),
  );

const NAME_OR_NUMBER = expectedOf({ kind: 'request-id' });

// A larger number would come back as another: JavaScript does not have them all.
const requestId = v.union(
  [
    identifier,
    v.pipe(
      v.number(),
      v.minValue(Number.MIN_SAFE_INTEGER, NAME_OR_NUMBER),
      v.maxValue(Number.MAX_SAFE_INTEGER, NAME_OR_NUMBER),
    ),
  ],
  NAME_OR_NUMBER,
);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** An object whose names are anyone's: valibot's own leaves out `__proto__`, `constructor` and `prototype`. */
const byName = (of: v.GenericSchema, what: string) =>
  v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(isObject, what),
    v.rawTransform(({ dataset, addIssue }) => {
      const entries = Object.entries(dataset.value).map(([name, value]) => {
        const parsed = v.safeParse(of, value, { abortPipeEarly: true });
        const item = { type: 'object', origin: 'value', input: dataset.value, key: name, value } as const;
        for (const { message, input, path = [] } of parsed.issues ?? []) {
          addIssue({ message, input, path: [item, ...path] });
        }
        return [name, parsed.output];
      });
      return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
    }),
  );

const schemaOf = (form: Form): v.GenericSchema => {
  switch (form.kind) {
    case 'any':
    case 'message':
      return v.unknown();
    case 'text': {
      const expected = expectedOf(form);
      const text = v.string(expected);
      if (form.format === 'base64') return v.pipe(text, v.base64(expected));
      return form.atMost === undefined ? text : v.pipe(text, v.maxLength(form.atMost, expected));
    }
    case 'identifier':
      return identifier;
    case 'request-id':
      return requestId;
    case 'flag':
      return v.boolean(expectedOf(form));
    case 'true':
      return v.literal(true, expectedOf(form));
    case 'whole-number':
      return wholeNumber(form);
    case 'number':
      return v.number(expectedOf(form));
    case 'choice':
      return v.picklist(form.of, expectedOf(form));
    case 'list':
      return listOf(schemaOf(form.of), form);
    case 'list-or-one': {
      const item = schemaOf(form.of);
      const one = v.pipe(
        item,
        v.transform((value) => [value]),
      );
      return v.union([listOf(item, form), one], expectedOf(form));
    }
    case 'by-channel': {
      const { atMost = Number.MAX_SAFE_INTEGER } = form;
      return v.pipe(byName(shapeOf(form.of), expectedOf(form)), v.maxEntries(atMost, `at most ${atMost} channels`));
    }
    case 'by-name':
      return byName(schemaOf(form.of), expectedOf(form));
    case 'object':
      return shapeOf(form.of);
    case 'either':
      return v.union(form.of.map(schemaOf), expectedOf(form));
    case 'nullable':
      return v.nullable(schemaOf(form.of));
  }
};

const entryOf = ({ form, presence, absent }: Field): v.GenericSchema => {
  const schema = schemaOf(form);
  if (presence === 'required') return schema;
  return presence === 'optional' ? v.optional(schema) : v.optional(schema, absent);
};

/** What an object’s own issue says: of a field that is missing, what the field should be. */
const missingIn =
  (shape: Shape) =>
  ({ path }: v.ObjectIssue): string => {
    const field = shape[String(path?.at(-1)?.key)];
    return expectedOf(field?.form ?? { kind: 'object', of: shape });
  };

const shapeOf = (shape: Shape) => v.object(entriesOf(shape), missingIn(shape));

const entriesOf = (shape: Shape): Record<string, v.GenericSchema> =>
  Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, entryOf(field)]));

/** Checks an object for the fields of a shape, and reads what it leaves out. */
export const shapeSchema = (shape: Shape) => shapeOf(shape);

/** Checks a value for a `requestId`, or for none. */
export const requestIdSchema = v.optional(requestId);

/** What checks the messages of some definitions, and reads what they leave out. */
export const checkerOf = (definitions: readonly Definition[]) =>
  v.variant(
    'type',
    definitions.map(({ type, fields, rule }) => {
      const message = v.object({ type: v.literal(type), ...entriesOf(fields) }, missingIn(fields));
      return rule === undefined
        ? message
        : v.pipe(
            message,
            v.check((value) => rule.holds(value), rule.what),
          );
    }) as never,
  ) as v.GenericSchema<unknown, { readonly type: string }>;
