import { MAX_IDENTIFIER_LENGTH } from '../../lib/protocol/limits.ts';
import { eventForm } from '../../lib/protocol/messages/event.ts';
import type { Field, Form, Shape } from '../../lib/protocol/messages/fields.ts';
import { position } from '../../lib/protocol/messages/positions.ts';
import { about } from './about.ts';
import { type Direction, type Entry, entries, entriesOf, said } from './entries.ts';

/** A schema whose keywords mean the same in draft 2020-12 and in draft 7, which AsyncAPI builds on. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const identifier: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_IDENTIFIER_LENGTH,
  $comment: 'Printable characters, and not only white space; counted in UTF-16 code units.',
};

/** The schemas of one direction. `at` is where the schemas with a name are. */
class Schemas {
  readonly #direction: Direction;
  readonly #at: string;

  constructor(direction: Direction, at: string) {
    this.#direction = direction;
    this.#at = at;
  }

  message({ definition, fields }: Entry): JsonSchema {
    const { properties, required } = this.#object(fields);
    return {
      title: definition.type,
      description: about(definition),
      type: 'object',
      properties: { type: { const: definition.type }, ...properties },
      required: ['type', ...required],
    };
  }

  shape(shape: Shape): JsonSchema {
    return { type: 'object', ...this.#object(shape) };
  }

  #object(shape: Shape): { readonly properties: JsonSchema; readonly required: readonly string[] } {
    const fields = Object.entries(shape);
    return {
      properties: Object.fromEntries(fields.map(([name, field]) => [name, this.#field(field)])),
      required: fields.flatMap(([name, { presence }]) => (presence === 'required' ? [name] : [])),
    };
  }

  #field({ form, presence, absent, doc }: Field): JsonSchema {
    const schema = this.form(form);
    return {
      description: doc,
      // Draft 7 passes over what stands beside a reference.
      ...('$ref' in schema ? { allOf: [schema] } : schema),
      ...(presence === 'defaulted' ? { default: absent } : {}),
    };
  }

  #named(name: string): JsonSchema {
    return { $ref: `${this.#at}${name}` };
  }

  form(form: Form): JsonSchema {
    if (form === eventForm) return this.#named('service.event');
    switch (form.kind) {
      case 'any':
        return {};
      case 'message':
        return this.#direction === 'client'
          ? this.#named('client.broadcast')
          : { anyOf: said.map(({ name }) => this.#named(name)) };
      case 'text':
        return {
          type: 'string',
          ...(form.atMost === undefined ? {} : { maxLength: form.atMost }),
          ...(form.format === 'base64' ? { contentEncoding: 'base64' } : {}),
        };
      case 'identifier':
        return identifier;
      case 'request-id':
        return {
          anyOf: [identifier, { type: 'number', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }],
        };
      case 'flag':
        return { type: 'boolean' };
      case 'true':
        return { const: true };
      case 'whole-number':
        return { type: 'integer', minimum: form.atLeast, maximum: form.atMost ?? Number.MAX_SAFE_INTEGER };
      case 'number':
        return { type: 'number' };
      case 'choice':
        return form.of.length === 1 ? { const: form.of[0] } : { enum: form.of };
      case 'list':
        return this.#list(form);
      case 'list-or-one':
        return { anyOf: [this.#list(form), this.form(form.of)] };
      case 'by-channel':
        return {
          type: 'object',
          additionalProperties: form.of === position ? this.#named('position') : this.shape(form.of),
          ...(form.atMost === undefined ? {} : { maxProperties: form.atMost }),
        };
      case 'by-name':
        return { type: 'object', additionalProperties: this.form(form.of) };
      case 'object':
        return this.shape(form.of);
      case 'either':
        return { anyOf: form.of.map((each) => this.form(each)) };
      case 'nullable':
        return { anyOf: [this.form(form.of), { type: 'null' }] };
    }
  }

  #list({ of, atLeast, atMost }: Form & { readonly kind: 'list' | 'list-or-one' }): JsonSchema {
    return {
      type: 'array',
      items: this.form(of),
      ...(atLeast === undefined ? {} : { minItems: atLeast }),
      ...(atMost === undefined ? {} : { maxItems: atMost }),
    };
  }
}

/** @returns the schema of a value that is no message */
export const formSchema = (form: Form, at: string): JsonSchema => new Schemas('client', at).form(form);

/** @returns the schema of an object that is no message */
export const shapeSchema = (shape: Shape, at: string): JsonSchema => new Schemas('client', at).shape(shape);

/**
 * @param at where the schemas will stand, as the beginning of a reference: `#/$defs/`
 * @returns the schema of every message by the name of its entry, and that of a position
 */
export const messageSchemas = (at: string): Readonly<Record<string, JsonSchema>> => ({
  ...Object.fromEntries(entries.map((entry) => [entry.name, new Schemas(entry.direction, at).message(entry)])),
  position: {
    title: 'position',
    description: 'Where a reader stands in a channel.',
    ...shapeSchema(position, at),
  },
});

const either = (direction: Direction, description: string): JsonSchema => ({
  title: direction,
  description,
  anyOf: entriesOf(direction).map(({ name }) => ({ $ref: `#/$defs/${name}` })),
});

/** The schemas of all messages as one document. */
export const schemaDocument = (): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'messages.json',
  title: 'The messages of realtime-sync',
  description:
    'Every message of the protocol by who sends it: `client` and `service` are whatever either may send. Fields that are not named here are passed over.',
  $comment:
    'Made from lib/protocol/messages by `npm run docs`. The service asks for more than a schema can say: the grammar of channels and patterns, printable characters, and what stands in descriptions.',
  anyOf: [{ $ref: '#/$defs/client' }, { $ref: '#/$defs/service' }],
  $defs: {
    client: either('client', 'What a client sends.'),
    service: either('service', 'What the service sends.'),
    ...messageSchemas('#/$defs/'),
  },
});
