import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type AsyncAPIDocumentInterface, DiagnosticSeverity, Parser } from '@asyncapi/parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { FROM_SERVICE, REQUESTS } from '../../lib/protocol/messages/table.ts';

const text = readFileSync(path.join(import.meta.dirname, '../asyncapi.json'), 'utf8');

describe('docs/asyncapi.json', () => {
  let document: AsyncAPIDocumentInterface;
  let faults: readonly string[];

  beforeAll(async () => {
    const parsed = await new Parser().parse(text);
    faults = parsed.diagnostics
      .filter(({ severity }) => severity <= DiagnosticSeverity.Warning)
      .map(({ code, path: at, message }) => `${code} at ${at.join('/')}: ${message}`);
    if (parsed.document === undefined) throw new Error(faults.join('\n'));
    document = parsed.document;
  });

  it('is read by AsyncAPI’s own parser without an error or a warning', () => {
    expect(faults).toEqual([]);
  });

  it.each(Object.entries(REQUESTS))('has %s answered as the table says', (type, { answers }) => {
    const operation = document.operations().get(`client.${type}`);
    expect(operation?.action()).toBe('receive');
    expect(
      operation
        ?.reply()
        ?.messages()
        .all()
        .map((message) => message.name()),
    ).toEqual([...answers, 'error']);
  });

  it('has the service send what nobody asked for', () => {
    const asked = new Set<string>(Object.values(REQUESTS).flatMap(({ answers }) => answers));
    const sent = document.operations().filterBySend();
    expect(sent.map((operation) => operation.messages().all()[0]?.name())).toEqual(
      expect.arrayContaining(Object.keys(FROM_SERVICE).filter((type) => !asked.has(type))),
    );
  });
});
