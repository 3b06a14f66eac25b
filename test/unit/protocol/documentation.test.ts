import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { outdatedOf } from '../../../docs/generated.ts';
import { asyncapiDocument } from '../../../docs/messages/asyncapi.ts';
import { answersTo, entries, requests } from '../../../docs/messages/entries.ts';
import { blocks, blocksIn } from '../../../docs/messages/field-tables.ts';
import { schemaDocument } from '../../../docs/messages/json-schema.ts';
import { generated } from '../../../docs/messages/main.ts';

const protocol = readFileSync(path.join(import.meta.dirname, '../../../docs/protocol.md'), 'utf8');

/** Every object within a value, itself among them. */
const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  typeof value === 'object' && value !== null
    ? [value as Readonly<Record<string, unknown>>, ...Object.values(value).flatMap(objectsIn)]
    : [];

/** What a reference within a document points to; undefined where there is nothing. */
const resolved = (document: unknown, reference: string): unknown =>
  reference
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name], document);

describe('the documents made of the table of messages', () => {
  it('are current: `npm run docs` would change nothing', () => {
    expect(outdatedOf(generated())).toEqual([]);
  });

  it('have names that no two messages share', () => {
    const names = entries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['JSON Schema', schemaDocument()],
    ['AsyncAPI', asyncapiDocument()],
  ])('refer to nothing that is not there: %s', (_, document) => {
    const references = objectsIn(document).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => resolved(document, reference) === undefined)).toEqual([]);
  });

  it('say something of every message and field', () => {
    const { $defs } = schemaDocument() as { readonly $defs: Readonly<Record<string, unknown>> };
    const fields = Object.values($defs).flatMap((schema) =>
      objectsIn(schema).flatMap(({ properties }) => Object.entries(properties ?? {})),
    );
    const silent = fields.filter(([name, { description }]) => name !== 'type' && !description);
    expect(fields.length).toBeGreaterThan(50);
    expect(silent).toEqual([]);
  });

  it('have a sentence for messages, and no full stop behind what is said of a field', () => {
    expect(entries.filter(({ definition }) => !/^[A-Z].*\.$/.test(definition.doc))).toEqual([]);
    const fields = entries.flatMap(({ definition }) => Object.values(definition.fields));
    expect(fields.map(({ doc }) => doc).filter((doc) => !/^[A-Z].*[^.]$/.test(doc))).toEqual([]);
  });

  it('find an answer for every type that answers a request', () => {
    for (const request of requests) expect(answersTo(request)).toHaveLength(request.definition.answers.length);
  });
});

describe('docs/protocol.md', () => {
  it('has a table for every message, one, and none for another', () => {
    expect([...blocksIn(protocol)].sort()).toEqual([...blocks.keys()].sort());
  });

  it('has no marker that is not a block', () => {
    expect(protocol.match(/<!-- \/?message\b/g)).toHaveLength(2 * blocks.size);
  });
});
