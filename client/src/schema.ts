import type { Event } from './channels.ts';
import type { Handler } from './subscription.ts';

/** Something that a schema has against a value. */
export interface Issue {
  readonly message: string;
  /** Where in the value it stands. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A schema in the form that validators share, which is Standard Schema in its first version. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly output: Output } | undefined;
  };
}

/** What says of a value that it is what it should be: a Standard Schema, or what has a `parse` that throws otherwise. */
export type Schema<Output> = StandardSchema<Output> | { readonly parse: (value: unknown) => Output };

/** What arrived is not what the schema says. It is told to `error`, as the `cause` of a HandlerError. */
export class InvalidDataError extends Error {
  override readonly name = 'InvalidDataError';
  /** What came, of which no handler heard. */
  readonly event: Event;
  readonly issues: readonly Issue[];

  constructor(event: Event, issues: readonly Issue[], cause?: unknown) {
    super(issues.map(({ message, path = [] }) => `${pathOf(path)}: ${message}`).join('; '), { cause });
    this.event = event;
    this.issues = issues;
  }
}

const pathOf = (path: NonNullable<Issue['path']>): string =>
  ['data', ...path.map((step) => String(typeof step === 'object' ? step.key : step))].join('.');

const judged = <Output>(schema: Schema<Output>, event: Event): Output => {
  if ('~standard' in schema) {
    const result = schema['~standard'].validate(event.data) as {
      readonly value: Output;
      readonly issues?: readonly Issue[];
      readonly then?: unknown;
    };
    // Events would be heard out of order, or after `unsubscribe()`.
    if (typeof result.then === 'function')
      throw new TypeError('The schema answers later; give one that answers at once');
    if (result.issues !== undefined) throw new InvalidDataError(event, result.issues);
    return result.value;
  }
  try {
    return schema.parse(event.data);
  } catch (cause) {
    throw new InvalidDataError(event, [{ message: cause instanceof Error ? cause.message : String(cause) }], cause);
  }
};

/**
 * A handler that hears only what a schema takes, as the schema gives it. What it does not take is told to `error`, and the
 * next event follows.
 *
 * @param schema - of the `data`: any that answers at once. Where an event was too large for the client, and `omitted`, its data
 *   is null, and judged as that.
 * @param handler - called with events whose `data` is what the schema made of it.
 * @returns what `subscribe()` takes.
 */
export const checked =
  <Output>(schema: Schema<Output>, handler: Handler<Output>): Handler =>
  (event, how) =>
    handler({ ...event, data: judged(schema, event) }, how);
