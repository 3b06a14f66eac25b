import { ERRORS } from '../../lib/protocol/errors.ts';
import { HTTP_ERRORS, type HttpErrorCode, refusal } from '../../lib/protocol/http/refusal.ts';
import { statusOf } from '../../lib/protocol/http/statuses.ts';
import type { Shape } from '../../lib/protocol/messages/fields.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { formSchema, type JsonSchema, messageSchemas, shapeSchema } from '../messages/json-schema.ts';
import { type Answer, type Asker, BODIES, type Body, GROUPS, OPERATIONS, type Operation } from './operations.ts';

const SCHEMAS = '#/components/schemas/';

/** What each may be refused with, whatever is asked: what shows that it may ask is looked at first. */
const REFUSED: Readonly<Record<Asker, readonly HttpErrorCode[]>> = {
  everyone: ['FORBIDDEN'],
  users: ['UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'INTERNAL'],
  backEnds: ['UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'INTERNAL'],
  administrators: ['UNAUTHENTICATED', 'FORBIDDEN', 'UNAVAILABLE', 'INTERNAL'],
};

const SECURITY: Readonly<Record<Asker, readonly JsonSchema[]>> = {
  everyone: [],
  users: [{ token: [] }, { name: [] }],
  backEnds: [{ token: [] }, { name: [] }],
  administrators: [{ token: [] }, { adminKey: [] }, { name: [] }],
};

/** Beside the codes themselves, what a status says here. */
const FORBIDDEN: Readonly<Record<Asker, string>> = {
  everyone: 'Or a page of elsewhere asks, which may not.',
  users: 'Or a page of elsewhere asks, which may not.',
  backEnds: 'Or whoever asks is neither a back-end nor an administrator, or a page of elsewhere, which may not.',
  administrators: 'Or whoever asks is no administrator, or a page of elsewhere, which may not.',
};

const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { 'WWW-Authenticate': 'How to show who asks' },
  429: { 'Retry-After': 'Seconds to wait, where that is known' },
  503: { 'Retry-After': 'Seconds to wait' },
};

const isOfHttp = (code: HttpErrorCode): code is keyof typeof HTTP_ERRORS => Object.hasOwn(HTTP_ERRORS, code);
const statusOfCode = (code: HttpErrorCode): number => (isOfHttp(code) ? HTTP_ERRORS[code].status : statusOf(code));
const meaningOf = (code: HttpErrorCode): string => (isOfHttp(code) ? HTTP_ERRORS[code] : ERRORS[code]).meaning;

const reference = (name: string): JsonSchema => ({ $ref: `${SCHEMAS}${name}` });

const headersOf = (headers: Readonly<Record<string, string>> | undefined): JsonSchema =>
  headers === undefined
    ? {}
    : {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
        ),
      };

/** Where the schema of a body is: some are schemas of messages. */
const bodySchema = (body: Body): JsonSchema => {
  const schema = formSchema(BODIES[body], SCHEMAS);
  return '$ref' in schema ? schema : reference(body);
};

const answer = ({ doc, content, headers }: Answer): JsonSchema => ({
  description: doc,
  ...headersOf(headers),
  ...(content === undefined
    ? {}
    : {
        content: Object.fromEntries(
          Object.entries(content).map(([type, body]) => [
            type,
            { schema: body === 'text' ? { type: 'string' } : bodySchema(body) },
          ]),
        ),
      }),
});

const refused = (status: number, codes: readonly HttpErrorCode[], asker: Asker): JsonSchema => ({
  description: [
    ...codes.map((code) => `\`${code}\`: ${meaningOf(code)}`),
    ...(status === statusOf('FORBIDDEN') ? [FORBIDDEN[asker]] : []),
  ].join(' '),
  ...headersOf(HEADERS[status]),
  content: {
    'application/json': {
      schema: {
        allOf: [
          reference('refusal'),
          { type: 'object', properties: { error: { type: 'object', properties: { code: { enum: codes } } } } },
        ],
      },
    },
  },
});

/** Those by which an operation may be refused: where an answer of its own has the status, that is the whole of it. */
const refusals = ({ asker, errors = [], answers }: Operation): readonly [string, JsonSchema][] => {
  const codes = new Set([...REFUSED[asker], ...errors]);
  return [...Map.groupBy(codes, statusOfCode)]
    .filter(([status]) => !Object.hasOwn(answers, status))
    .map(([status, of]) => [String(status), refused(status, of, asker)]);
};

const parameters = (place: 'path' | 'query' | 'header', shape: Shape = {}): readonly JsonSchema[] =>
  Object.entries(shape).map(([name, { form, presence, absent, doc }]) => ({
    name,
    in: place,
    description: doc,
    required: presence === 'required',
    schema: { ...formSchema(form, SCHEMAS), ...(presence === 'defaulted' ? { default: absent } : {}) },
  }));

const operation = (said: Operation): JsonSchema => {
  const { id, group, doc, more, asker, path, query, headers, body, answers } = said;
  const asked = [...parameters('path', path), ...parameters('query', query), ...parameters('header', headers)];
  return {
    operationId: id,
    tags: [group],
    summary: doc,
    description: more === undefined ? doc : `${doc} ${more}`,
    ...(asked.length === 0 ? {} : { parameters: asked }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: bodySchema(body) } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, each]) => [status, answer(each)])),
      ...Object.fromEntries(refusals(said)),
    },
    security: SECURITY[asker],
  };
};

/** A path as OpenAPI has it: it knows no parameter of several segments. */
export const templateOf = (path: string): string => path.replaceAll('+}', '}');

const paths = (): JsonSchema => {
  const byPath = Map.groupBy(Object.entries(OPERATIONS), ([route]) => templateOf(route.split(' ')[1] ?? ''));
  return Object.fromEntries(
    [...byPath].map(([path, operations]) => [
      path,
      Object.fromEntries(
        operations.map(([route, each]) => [String(route.split(' ')[0]).toLowerCase(), operation(each)]),
      ),
    ]),
  );
};

/** What is asked over HTTP, and answered, in OpenAPI 3.1. */
export const openapiDocument = (): JsonSchema => {
  const messages = messageSchemas(SCHEMAS);
  const bodies = Object.entries(BODIES).map(([name, form]) => [name, formSchema(form, SCHEMAS)] as const);
  return {
    openapi: '3.1.0',
    info: {
      title: 'realtime-sync',
      version: packageJson.version,
      description:
        'What back-ends, browsers and those who watch over the service ask over HTTP. What may be relied on is said in docs/protocol.md. Made from lib/protocol by `npm run docs`.',
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    servers: [{ url: '/', description: 'The address that serves this; with `npm start` it is http://localhost:3002' }],
    tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      schemas: {
        'service.event': messages['service.event'],
        ...Object.fromEntries(bodies.filter(([, schema]) => !('$ref' in schema))),
        refusal: shapeSchema(refusal, SCHEMAS),
      },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'With `AUTH_MODE=jwt`: a token of the user',
        },
        adminKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The key of `ADMIN_KEY`' },
        name: { type: 'apiKey', in: 'query', name: 'user', description: 'With `AUTH_MODE=dev`: the user, at its word' },
      },
    },
  };
};
