import type { Capability } from '../capabilities.ts';
import {
  type Field,
  type Flat,
  optional,
  type Read,
  required,
  type Shape,
  type Typed,
  type Written,
} from './fields.ts';

/** Who sends a message. */
type Sender = 'client' | 'service' | 'both';

/** One message of the protocol: an entry of its table. */
export interface Definition<
  Type extends string = string,
  S extends Shape = Shape,
  From extends Sender = Sender,
  Answer extends string = string,
> {
  readonly type: Type;
  readonly from: From;
  /** What it says, in a sentence. */
  readonly doc: string;
  /** In the order in which they are written. */
  readonly fields: S;
  /** Types of the messages that answer it, in the order in which they come, as far as each was asked for. */
  readonly answers: readonly Answer[];
  /** What a client must have declared to send it, or to be sent it. */
  readonly capability: Capability | undefined;
  /** What a client’s counts as against the limits: one message, or those it holds. */
  readonly counts: 'one' | 'what it holds' | undefined;
  /** What must hold between its fields. */
  readonly rule: Rule | undefined;
}

/** What must hold between the fields of a message. */
interface Rule {
  // A method, so that a rule over some fields is a rule over any.
  holds(message: Readonly<Record<string, unknown>>): boolean;
  /** What an error says was expected. */
  readonly what: string;
}

const requestIdForm: Typed<string | number> = { kind: 'request-id' };

/** The field by which an answer says what it answers. */
const requestId: Field<string | number, string | number, 'optional'> = /* @__PURE__ */ optional(
  requestIdForm,
  'Repeated by the answer: 1 to 128 printable characters, or a number within ±(2^53 − 1)',
);

/** The field of an answer that was given in parts: its lists are to be joined. */
const final: Field<boolean, boolean, 'optional'> = /* @__PURE__ */ optional(
  { kind: 'flag' },
  'Present where the answer comes in several messages: true on the last, false on those before',
);

/** The same of an answer whose events come in pages. */
const finalPage: Field<boolean, boolean, 'required'> = /* @__PURE__ */ required(
  { kind: 'flag' },
  'True on the last of the messages in which the answer comes',
);

type Asked<S extends Shape> = { readonly requestId: typeof requestId } & S;
type Answered<S extends Shape> = Asked<S> & { readonly final: typeof final };
type Paged<S extends Shape> = Asked<S> & { readonly final: typeof finalPage };

interface About {
  readonly doc: string;
  readonly capability?: Capability;
  readonly counts?: 'one' | 'what it holds';
  readonly rule?: Rule;
}

/* @__NO_SIDE_EFFECTS__ */
const define = <Type extends string, S extends Shape, From extends Sender, Answer extends string>(
  type: Type,
  from: From,
  { doc, capability, counts, rule }: About,
  fields: S,
  answers: readonly Answer[],
): Definition<Type, S, From, Answer> => ({ type, from, doc, fields, answers, capability, counts, rule });

/** A message by which a client asks for something. It counts as one message. */
/* @__NO_SIDE_EFFECTS__ */
export const request = <const Type extends string, S extends Shape, const Answer extends string>(
  type: Type,
  { answers, ...about }: About & { readonly answers: readonly Answer[] },
  fields: S,
): Definition<Type, Flat<Asked<S>>, 'client', Answer> =>
  define(type, 'client', { counts: 'one', ...about }, { requestId, ...fields }, answers);

/** A message that answers a request, in parts where its lists are long. */
/* @__NO_SIDE_EFFECTS__ */
export const answer = <const Type extends string, S extends Shape>(
  type: Type,
  about: About,
  fields: S,
): Definition<Type, Flat<Answered<S>>, 'service', never> =>
  define(type, 'service', about, { requestId, ...fields, final }, []);

/** A message that answers a request with events, in as many messages as it takes. */
/* @__NO_SIDE_EFFECTS__ */
export const answerInPages = <const Type extends string, S extends Shape>(
  type: Type,
  about: About,
  fields: S,
): Definition<Type, Flat<Paged<S>>, 'service', never> =>
  define(type, 'service', about, { requestId, ...fields, final: finalPage }, []);

/** A message that the service sends unasked. */
/* @__NO_SIDE_EFFECTS__ */
export const notice = <const Type extends string, S extends Shape>(
  type: Type,
  about: About,
  fields: S,
): Definition<Type, S, 'service', never> => define(type, 'service', about, fields, []);

/** A message that both sides send, in which others travel. Only a client’s has a `requestId`, for an error to name. */
/* @__NO_SIDE_EFFECTS__ */
export const wrapping = <const Type extends string, S extends Shape>(
  type: Type,
  about: About & { readonly capability: Capability },
  fields: S,
): Definition<Type, Flat<Asked<S>>, 'both', never> =>
  define(type, 'both', { counts: 'one', ...about }, { requestId, ...fields }, []);

/** A message as it is read. */
export type Message<D> = D extends Definition<infer Type, infer S> ? Flat<{ readonly type: Type } & Read<S>> : never;

/** A message as it may be written. */
export type Writing<D> = D extends Definition<infer Type, infer S> ? Flat<{ readonly type: Type } & Written<S>> : never;
