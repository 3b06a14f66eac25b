import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { outdatedOf } from '../../../docs/generated.ts';
import { generated } from '../../../docs/http/main.ts';
import { openapiDocument, templateOf } from '../../../docs/http/openapi.ts';
import { ERRORS } from '../../../lib/protocol/errors.ts';
import { HTTP_ERRORS } from '../../../lib/protocol/http/refusal.ts';
import packageJson from '../../../package.json' with { type: 'json' };

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly responses: Readonly<Record<string, object>>;
}

const document = openapiDocument() as unknown as {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};

const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
  Object.entries(methods).map(([method, each]) => ({
    ...each,
    template,
    route: `${method.toUpperCase()} ${template}`,
  })),
);

/** The routes that are deployed, as `serverless.yml` has them. */
const declared = readFileSync(path.join(import.meta.dirname, '../../../serverless.yml'), 'utf8')
  .split('\n')
  .filter((line) => line.includes('- httpApi:'))
  .map((line) => {
    const [, method, of] = /\{ method: ([A-Z]+), path: "?([^" ]+)"? \}/.exec(line) ?? [];
    return `${method} ${of}`;
  });

/** What browsers ask on their own before a request: no operation of the service. */
const PREFLIGHT = 'OPTIONS /{proxy+}';

/** Every object within a value, itself among them. */
const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  typeof value === 'object' && value !== null
    ? [value as Readonly<Record<string, unknown>>, ...Object.values(value).flatMap(objectsIn)]
    : [];

describe('the description of what is asked over HTTP', () => {
  it('is current: `npm run docs` would change nothing', () => {
    expect(outdatedOf(generated())).toEqual([]);
  });

  it('[H-6] has every route that is deployed, and no other', () => {
    expect(declared).toContain(PREFLIGHT);
    const routes = declared.filter((route) => route !== PREFLIGHT).map(templateOf);
    expect(operations.map(({ route }) => route).sort()).toEqual(routes.sort());
  });

  it('has the version of the service', () => {
    expect(document.info.version).toBe(packageJson.version);
  });

  it('has a name and a sentence for each operation', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    expect(operations.filter(({ summary }) => !/^[A-Z].*\.$/.test(summary))).toEqual([]);
  });

  it('asks for a token wherever not everyone may ask', () => {
    const open = operations.filter(({ security }) => security.length === 0).map(({ route }) => route);
    expect(open).toEqual(['GET /health', 'GET /live', 'GET /', 'GET /console/{file}', 'GET /openapi.json']);
    for (const { route, security, responses } of operations.filter(({ route }) => !open.includes(route))) {
      expect([route, security[0], Object.keys(responses)]).toEqual([
        route,
        { token: [] },
        expect.arrayContaining(['401', '403', '500', '503']),
      ]);
    }
  });

  it('names the parameters of each path, which it cannot be asked without', () => {
    for (const { route, template, parameters = [] } of operations) {
      const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect([route, inPath.map(({ name }) => name)]).toEqual([route, named]);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('refuses with codes of the tables alone, each under its status', () => {
    const codes = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, response]) =>
        objectsIn(response).flatMap(({ code }) =>
          ((code as { enum?: string[] } | undefined)?.enum ?? []).map((each) => `${each} ${status}`),
        ),
      ),
    );
    const known = new Set([...Object.keys(ERRORS), ...Object.keys(HTTP_ERRORS)]);
    expect(codes.filter((each) => !known.has(each.split(' ')[0] ?? ''))).toEqual([]);
    // A code never has two statuses.
    const pairs = new Set(codes);
    expect(new Set([...pairs].map((each) => each.split(' ')[0])).size).toBe(pairs.size);
    expect(pairs).toContain('TOO_MANY_CONNECTIONS 429');
    expect(pairs).toContain('UNAUTHENTICATED 401');
  });

  it('says something of every field', () => {
    const fields = objectsIn((document as unknown as { components: unknown }).components).flatMap(({ properties }) =>
      Object.entries((properties ?? {}) as Record<string, { description?: string }>),
    );
    expect(fields.length).toBeGreaterThan(60);
    expect(fields.filter(([name, { description }]) => name !== 'type' && !description)).toEqual([]);
  });
});
