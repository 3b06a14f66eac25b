import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export type Schema = Readonly<Record<string, unknown>>;

/** `docs/schema/messages.json`. */
export const messageSchema: Schema = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../schema/messages.json'), 'utf8'),
);

/** @returns the same schema, which also refuses a field that it does not name: clients pass over those, and the service sends none. */
export const closed = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(closed);
  const inner = Object.fromEntries(Object.entries(value).map(([name, of]) => [name, closed(of)]));
  return 'properties' in inner && inner['type'] === 'object' ? { ...inner, additionalProperties: false } : inner;
};

/** @returns what checks a value by one of the definitions of a schema of messages. */
export const validator = (schema: Schema, name: string): ValidateFunction => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: false });
  ajv.addSchema(schema);
  return ajv.getSchema(`messages.json#/$defs/${name}`) as ValidateFunction;
};
