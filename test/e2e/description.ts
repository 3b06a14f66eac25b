import { faultsOf, type Schema } from '../json-schema.ts';

interface Operation {
  readonly operationId: string;
  /** What may be shown, of which one is enough; none where everyone may ask. */
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

/** An operation that a service describes, with how it is asked. */
export interface Described extends Operation {
  readonly method: string;
  readonly path: string;
}

/** What a service says of itself at `/openapi.json`. */
export class Description {
  readonly operations: readonly Described[];
  readonly #document: object;

  private constructor(document: { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }) {
    this.#document = document;
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    );
  }

  static async read(httpUrl: string): Promise<Description> {
    return new Description((await (await fetch(`${httpUrl}/openapi.json`)).json()) as never);
  }

  /** @returns what an answer to an operation has that is not described, and what it lacks. */
  async undescribed({ responses }: Operation, answer: Response): Promise<readonly string[]> {
    const response = responses[answer.status];
    if (response === undefined) return [`the status ${answer.status}`];
    // What has no content may have a type all the same: the gateway gives one to every answer.
    if (response.content === undefined) return (await answer.text()) === '' ? [] : ['a content'];
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const content = response.content[type];
    if (content === undefined) return [`the type ${type}`];
    const text = await answer.text();
    return faultsOf(this.#document, content.schema, type === 'application/json' ? JSON.parse(text) : text);
  }
}
