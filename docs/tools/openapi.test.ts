import { readFileSync } from 'node:fs';
import path from 'node:path';
import spectral, { type ISpectralDiagnostic, type RulesetDefinition } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, describe, expect, it } from 'vitest';

const { Spectral } = spectral;
const FILE = path.join(import.meta.dirname, '../openapi.yaml');
const SERVED = path.join(import.meta.dirname, '../../functions/openapi/openapi.json');

/**
 * Every rule for OpenAPI but two: nobody by name answers for a service that whoever deploys it runs, and since OpenAPI 3.1 a
 * license with an identifier may have no address.
 */
const RULES: RulesetDefinition = {
  extends: [[rulesets.oas as RulesetDefinition, 'all']],
  rules: { 'info-contact': 'off', 'license-url': 'off' },
};

/** What the linter finds in a document, be it an error or a warning. */
const findings = async (text: string): Promise<readonly string[]> => {
  const linter = new Spectral();
  linter.setRuleset(RULES);
  const found: readonly ISpectralDiagnostic[] = await linter.run(text);
  return found.map(({ code, path: at, message }) => `${code} at ${at.join('/')}: ${message}`);
};

describe('docs/openapi.yaml', () => {
  let text: string;

  beforeAll(() => {
    text = readFileSync(FILE, 'utf8');
  });

  it('is taken by a linter of OpenAPI without an error or a warning', async () => {
    expect(await findings(text)).toEqual([]);
  });

  it.each([
    ['a reference to nothing', '#/components/schemas/published', '#/components/schemas/none', 'invalid-ref'],
    ['a parameter that is not in its path', '/users/{user}/connections:', '/users/{name}/connections:', 'path-params'],
    ['two operations of one name', 'operationId: live', 'operationId: health', 'operation-operationId-unique'],
    ['what OpenAPI does not know', 'requestBody:', 'requestBodies:', 'oas3-schema'],
    ['a type of JSON Schema that is none', 'type: integer', 'type: whole', 'oas3-schema'],
  ])('is refused by it with %s', async (_, right, wrong, code) => {
    expect(text).toContain(right);
    expect(await findings(text.replace(right, wrong))).toContainEqual(expect.stringMatching(`^${code} `));
  });

  it('says in YAML what the service serves as JSON', async () => {
    const linter = new Spectral();
    linter.setRuleset({ rules: {} });
    const { resolved } = await linter.runWithResolved(text);
    const served = await linter.runWithResolved(readFileSync(SERVED, 'utf8'));
    expect(resolved).toEqual(served.resolved);
    expect(Object.keys((resolved as { paths: object }).paths).length).toBeGreaterThan(10);
  });

  it('has schemas of draft 2020-12', () => {
    const { components } = JSON.parse(readFileSync(SERVED, 'utf8')) as {
      readonly components: { readonly schemas: Readonly<Record<string, object>> };
    };
    const ajv = new Ajv2020();
    for (const [name, schema] of Object.entries(components.schemas)) {
      expect([name, ajv.validateSchema(schema), ajv.errors]).toEqual([name, true, null]);
    }
  });
});
