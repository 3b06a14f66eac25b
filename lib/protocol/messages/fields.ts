/**
 * The forms that the fields of messages, and of what is said over HTTP, have. A form is data: types, checks, JSON Schema
 * and documentation follow from it. There is no validator in it, so that clients can have the types without one.
 */

/** What a number must lie between. */
interface NumberBounds {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** How many entries a list has. Without `atMost` something else bounds it: it is the service’s own. */
interface ListBounds {
  readonly atLeast?: number;
  /** What an error calls the least. */
  readonly leastWhat?: string;
  readonly atMost?: number;
}

/** What a value must be. `what` is what an error says was expected. */
export type Form =
  | { readonly kind: 'any' }
  /** A message within another: a broadcast from a client; an event or an answer from the service. */
  | { readonly kind: 'message' }
  | { readonly kind: 'text'; readonly what: string; readonly atMost?: number; readonly format?: 'base64' }
  /** A name: 1 to 128 printable characters. */
  | { readonly kind: 'identifier' }
  | { readonly kind: 'request-id' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'true' }
  | ({ readonly kind: 'whole-number'; readonly what: string } & NumberBounds)
  | { readonly kind: 'number' }
  | { readonly kind: 'choice'; readonly what: string; readonly of: readonly string[] }
  | ({ readonly kind: 'list'; readonly what: string; readonly of: Form } & ListBounds)
  /** A list, or an entry by itself, which is read as a list of one. */
  | ({ readonly kind: 'list-or-one'; readonly what: string; readonly of: Form } & ListBounds)
  /** An object whose names are channels. */
  | { readonly kind: 'by-channel'; readonly of: Shape; readonly atMost?: number }
  /** An object whose names are anyone’s. */
  | { readonly kind: 'by-name'; readonly what: string; readonly of: Form }
  | { readonly kind: 'object'; readonly of: Shape }
  /** What fits one of them. */
  | { readonly kind: 'either'; readonly of: readonly Form[] }
  | { readonly kind: 'nullable'; readonly of: Form };

// There is nothing in these: they carry types.
declare const READ: unique symbol;
declare const WRITTEN: unique symbol;

/** A form, with the types of its values as they are read and as they may be written. */
export type Typed<R, W = R> = Form & { readonly [READ]?: R; readonly [WRITTEN]?: W };

/** Whether a field is always there. One with a default may be left out, and is always read. */
type Presence = 'required' | 'optional' | 'defaulted';

/** A field of a message. */
export interface Field<R = unknown, W = unknown, P extends Presence = Presence> {
  readonly form: Typed<R, W>;
  readonly presence: P;
  /** What is read where it is absent. */
  readonly absent?: unknown;
  /** What it says. */
  readonly doc: string;
}

/** Fields by name, in the order in which they are written. */
export type Shape = Readonly<Record<string, Field>>;

type Names<S extends Shape, P extends Presence> = {
  [K in keyof S]: S[K]['presence'] extends P ? K : never;
}[keyof S];

type ReadValue<F> = F extends Field<infer R, infer _> ? R : never;
type WrittenValue<F> = F extends Field<infer _, infer W> ? W : never;

/** An intersection of objects as one object. */
export type Flat<T> = { [K in keyof T]: T[K] };

/** What is read of a shape. */
export type Read<S extends Shape> = Flat<
  { readonly [K in Names<S, 'required' | 'defaulted'>]: ReadValue<S[K]> } & {
    readonly [K in Names<S, 'optional'>]?: ReadValue<S[K]> | undefined;
  }
>;

/** What is written of a shape. */
export type Written<S extends Shape> = Flat<
  { readonly [K in Names<S, 'required'>]: WrittenValue<S[K]> } & {
    readonly [K in Names<S, 'optional' | 'defaulted'>]?: WrittenValue<S[K]> | undefined;
  }
>;

/* @__NO_SIDE_EFFECTS__ */
export const required = <R, W>(form: Typed<R, W>, doc: string): Field<R, W, 'required'> => ({
  form,
  presence: 'required',
  doc,
});

/* @__NO_SIDE_EFFECTS__ */
export const optional = <R, W>(form: Typed<R, W>, doc: string): Field<R, W, 'optional'> => ({
  form,
  presence: 'optional',
  doc,
});

/** @param absent what is read where the field is absent */
/* @__NO_SIDE_EFFECTS__ */
export const defaulted = <R, W>(form: Typed<R, W>, absent: R, doc: string): Field<R, W, 'defaulted'> => ({
  form,
  presence: 'defaulted',
  absent,
  doc,
});

export const any: Typed<unknown> = { kind: 'any' };
export const message: Typed<unknown> = { kind: 'message' };
export const identifier: Typed<string> = { kind: 'identifier' };
export const flag: Typed<boolean> = { kind: 'flag' };
export const alwaysTrue: Typed<true> = { kind: 'true' };
/** What is measured rather than counted. */
export const number: Typed<number> = { kind: 'number' };

/** A time by the service’s clock. */
export const instant: Typed<number> = { kind: 'whole-number', what: 'milliseconds since 1970', atLeast: 0 };

/* @__NO_SIDE_EFFECTS__ */
export const text = (
  what = 'a text',
  more: { readonly atMost?: number; readonly format?: 'base64' } = {},
): Typed<string> => ({ kind: 'text', what, ...more });

/** A whole number, from 0 where nothing else is said: whatever is counted. */
/* @__NO_SIDE_EFFECTS__ */
export const whole = (bounds: NumberBounds = {}): Typed<number> => ({
  kind: 'whole-number',
  what: 'a whole number',
  atLeast: 0,
  ...bounds,
});

/* @__NO_SIDE_EFFECTS__ */
export const choice = <const T extends string>(of: readonly T[], what = `one of ${of.join(', ')}`): Typed<T> => ({
  kind: 'choice',
  what,
  of,
});

/** @param what its entries, in the plural */
/* @__NO_SIDE_EFFECTS__ */
export const list = <R, W>(
  of: Typed<R, W>,
  what: string,
  bounds: ListBounds = {},
): Typed<readonly R[], readonly W[]> => ({ kind: 'list', what, of, ...bounds });

/** @param what its entries, in the plural */
/* @__NO_SIDE_EFFECTS__ */
export const listOrOne = <R, W>(
  of: Typed<R, W>,
  what: string,
  bounds: ListBounds,
): Typed<readonly R[], readonly W[] | W> => ({ kind: 'list-or-one', what, of, ...bounds });

/* @__NO_SIDE_EFFECTS__ */
export const byChannel = <S extends Shape>(
  of: S,
  bounds: { readonly atMost?: number } = {},
): Typed<Readonly<Record<string, Read<S>>>, Readonly<Record<string, Written<S>>>> => ({
  kind: 'by-channel',
  of,
  ...bounds,
});

/** @param what its entries, in the plural */
/* @__NO_SIDE_EFFECTS__ */
export const byName = <R, W>(
  of: Typed<R, W>,
  what: string,
): Typed<Readonly<Record<string, R>>, Readonly<Record<string, W>>> => ({ kind: 'by-name', what, of });

/* @__NO_SIDE_EFFECTS__ */
export const either = <R1, W1, R2, W2>(one: Typed<R1, W1>, other: Typed<R2, W2>): Typed<R1 | R2, W1 | W2> => ({
  kind: 'either',
  of: [one, other],
});

/* @__NO_SIDE_EFFECTS__ */
export const object = <S extends Shape>(of: S): Typed<Read<S>, Written<S>> => ({ kind: 'object', of });

/* @__NO_SIDE_EFFECTS__ */
export const nullable = <R, W>(of: Typed<R, W>): Typed<R | null, W | null> => ({ kind: 'nullable', of });

type Optional<S extends Shape> = {
  readonly [K in keyof S]: Field<ReadValue<S[K]>, WrittenValue<S[K]>, 'optional'>;
};

/** The fields that only the last of several messages has. */
/* @__NO_SIDE_EFFECTS__ */
export const onLast = <S extends Shape>(of: S): Optional<S> =>
  Object.fromEntries(
    Object.entries(of).map(([name, field]) => [
      name,
      { ...field, presence: 'optional', doc: `${field.doc}; on the last message alone` },
    ]),
  ) as unknown as Optional<S>;
