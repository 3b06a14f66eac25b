import * as v from 'valibot';
import { ProtocolError } from '../errors.ts';
import { MAX_BATCH_LENGTH } from '../limits.ts';
import type { BroadcastRequest } from '../messages/broadcast.ts';
import { type ClientMessage, REQUESTS, WRAPPINGS } from '../messages/table.ts';
import { checkerOf, requestIdSchema } from './check.ts';
import { JsonText } from './json-text.ts';
import { elementsOf, memberOf, type Span } from './member-text.ts';
import { sentencesOf } from './sentences.ts';
import { refuseSlips } from './slips.ts';

/** What stands by itself or in chunks and compression; a batch is read by `batchedFrames`. */
const DEFINITIONS = { ...REQUESTS, chunk: WRAPPINGS.chunk, compressed: WRAPPINGS.compressed };

// The one place where what was checked becomes a message.
const checker = checkerOf(Object.values(DEFINITIONS)) as v.GenericSchema<unknown, ClientMessage>;

/** What a frame said of itself before anything else was checked, so that an error can name it. */
export interface Frame {
  readonly requestId: string | number | undefined;
  /** What it says; numbers are those that JavaScript has. */
  readonly value: object;
  /** What it says, as it came: it begins at `start` of this text. */
  readonly text: string;
  readonly start: number;
  /** @throws ProtocolError UNKNOWN_TYPE or INVALID_MESSAGE */
  readonly message: () => ClientMessage;
}

/** What a broadcast may have. */
const FIELDS: ReadonlySet<string> = new Set(['type', 'requestId', ...Object.keys(REQUESTS.broadcast.fields)]);

const checked = <T>(schema: v.GenericSchema<unknown, T>, value: object, within?: string): T => {
  const parsed = v.safeParse(schema, value, { abortPipeEarly: true });
  if (!parsed.success) throw new ProtocolError('INVALID_MESSAGE', sentencesOf(parsed.issues, 'message', within));
  return parsed.output;
};

const parseMessage = (value: object): ClientMessage => {
  const type: unknown = 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') throw new ProtocolError('UNKNOWN_TYPE', 'The message has no type');
  if (!Object.hasOwn(DEFINITIONS, type)) {
    throw new ProtocolError(
      'UNKNOWN_TYPE',
      `No client may send a message of type ${JSON.stringify(type.slice(0, 60))}`,
    );
  }
  if (type === 'broadcast') refuseSlips(Object.keys(value), FIELDS);
  return checked(checker, value);
};

/** A message whose `data` is the text that came, where it has any. */
const withText = (message: ClientMessage, text: string, start: number): ClientMessage => {
  if (message.type !== 'broadcast') return message;
  const span = memberOf(text, start, 'data');
  return span === undefined ? message : { ...message, data: textOf(text, span, message.data) };
};

const textOf = (text: string, { start, end }: Span, value: unknown): JsonText =>
  new JsonText(text.slice(start, end), value);

const frameOf = (value: object, text: string, start: number): Frame => {
  const named = v.safeParse(requestIdSchema, 'requestId' in value ? value.requestId : undefined);
  return {
    requestId: named.success ? named.output : undefined,
    value,
    text,
    start,
    message: () => withText(parseMessage(value), text, start),
  };
};

/**
 * Reads one text frame.
 *
 * @param text - the frame as it came.
 * @returns the frame, whose `message` is checked when it is called for, so that an error can echo `requestId`.
 * @throws ProtocolError INVALID_JSON, or INVALID_MESSAGE where the frame is not an object.
 */
export const parseFrame = (text: string): Frame => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('INVALID_JSON', 'The frame is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError('INVALID_MESSAGE', 'The message is not an object');
  }
  return frameOf(value, text, 0);
};

/** Where the values of a member that is a list stand in the text of its object. */
const elementsWithin = (text: string, start: number, name: string): readonly Span[] => {
  const list = memberOf(text, start, name);
  return list === undefined ? [] : elementsOf(text, list.start);
};

/**
 * The requests of a `batch` frame.
 *
 * @returns each request as if it had come by itself, to be checked by itself; undefined for a frame that is no batch.
 * @throws ProtocolError INVALID_MESSAGE where the batch has no messages, or too many.
 */
export const batchedFrames = ({ value, text, start }: Frame): readonly Frame[] | undefined => {
  if (!('type' in value) || value.type !== 'batch') return undefined;
  const messages: unknown = 'messages' in value ? value.messages : undefined;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_BATCH_LENGTH) {
    throw new ProtocolError('INVALID_MESSAGE', `messages: expected 1 to ${MAX_BATCH_LENGTH} messages`);
  }
  const spans = elementsWithin(text, start, 'messages');
  return messages.map((message: unknown, i) =>
    frameOf(typeof message === 'object' && message !== null ? message : {}, text, spans[i]?.start ?? 0),
  );
};

const broadcastChecker = checkerOf([REQUESTS.broadcast]) as v.GenericSchema<unknown, BroadcastRequest>;

/**
 * Checks the fields of a broadcast that came by another way than a frame.
 *
 * @param data - in its place; the fields’ own where it is left out.
 * @param within - what an error says before the name of a field.
 * @throws ProtocolError INVALID_MESSAGE
 */
export const broadcastOf = (fields: object, data?: JsonText, within?: string): BroadcastRequest => {
  refuseSlips(Object.keys(fields), FIELDS, within);
  const value = { ...fields, type: 'broadcast', ...(data === undefined ? {} : { data }) };
  return checked(broadcastChecker, value, within);
};

/** What `broadcastsOf` reads of one of them. */
export interface BroadcastFields {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Undefined where it has none. */
  readonly data: JsonText | undefined;
}

/**
 * The broadcasts of a JSON object that holds a list of them, each yet to be checked.
 *
 * @param text - JSON, of the value.
 * @param list - the list in the value, under this name.
 */
export const broadcastsOf = (
  text: string,
  name: string,
  list: readonly Readonly<Record<string, unknown>>[],
): readonly BroadcastFields[] => {
  const spans = elementsWithin(text, 0, name);
  return list.map((fields, i) => {
    const span = memberOf(text, spans[i]?.start ?? 0, 'data');
    return { fields, data: span && textOf(text, span, fields['data']) };
  });
};
