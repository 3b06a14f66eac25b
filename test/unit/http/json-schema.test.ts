import { describe, expect, it } from 'vitest';
import { faultsOf, type Schema } from '../../json-schema.ts';

const DOCUMENT = { schemas: { name: { type: 'string', minLength: 1, maxLength: 3 } } };
const name = { $ref: '#/schemas/name' };

/** A schema, values that fit it, and values that do not. */
const CASES: readonly (readonly [Schema, readonly unknown[], readonly unknown[]])[] = [
  [{ type: 'integer', minimum: 0, maximum: 9 }, [0, 9], [-1, 10, 0.5, '1', null]],
  [{ type: 'number' }, [0.5], ['0.5']],
  [{ type: 'boolean' }, [false], [0]],
  [{ const: true }, [true], [false, 1]],
  [{ enum: ['a', 'b'] }, ['a'], ['c', null]],
  [name, ['a', 'abc'], ['', 'abcd', 7]],
  [{ type: 'array', items: name, minItems: 1, maxItems: 2 }, [['a']], [[], ['a', 'b', 'c'], [''], {}]],
  [{ type: 'object', properties: { a: name }, required: ['a'] }, [{ a: 'a', b: 7 }], [{}, { a: 7 }, [], null]],
  [{ type: 'object', additionalProperties: name }, [{}, { x: 'a' }], [{ x: 7 }]],
  [{ type: 'object', properties: { a: {} }, additionalProperties: name }, [{ a: 7, x: 'a' }], [{ x: 7 }]],
  [{ anyOf: [name, { type: 'null' }] }, ['a', null], ['', 7]],
  [{ allOf: [name, { enum: ['a'] }] }, ['a'], ['b', '']],
  [{}, [null, 7, {}], []],
];

describe('a value is held to a schema', () => {
  it.each(CASES)('%j', (schema, right, wrong) => {
    for (const value of right) expect([value, faultsOf(DOCUMENT, schema, value)]).toEqual([value, []]);
    for (const value of wrong) expect([value, faultsOf(DOCUMENT, schema, value)]).not.toEqual([value, []]);
  });

  it('says where it does not fit', () => {
    const schema = { properties: { list: { items: { properties: { a: name } } } } };
    expect(faultsOf(DOCUMENT, schema, { list: [{ a: 'a' }, { a: '' }] })).toEqual(['it.list.1.a is short']);
  });

  it('is refused where the schema has a keyword that would not be looked at', () => {
    expect(() => faultsOf(DOCUMENT, { pattern: '^a' }, 'b')).toThrow(/pattern/);
  });
});
