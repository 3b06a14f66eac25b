import * as v from 'valibot';
import { ProtocolError } from '../errors.ts';
import { MAX_BATCH_LENGTH } from '../limits.ts';
import type { Broadcast } from '../messages/broadcast.ts';
import { type ClientMessage, REQUESTS, WRAPPINGS } from '../messages/table.ts';
import { checkerOf, requestIdSchema } from './check.ts';

/** What stands by itself or in chunks and compression; a batch is read by `batchedFrames`. */
const DEFINITIONS = { ...REQUESTS, chunk: WRAPPINGS.chunk, compressed: WRAPPINGS.compressed };

// The one place where what was checked becomes a message.
const checker = checkerOf(Object.values(DEFINITIONS)) as v.GenericSchema<unknown, ClientMessage>;

/** What a frame said of itself before anything else was checked, so that an error can name it. */
export interface Frame {
  readonly requestId: string | number | undefined;
  /** As it came. */
  readonly value: object;
  /** @throws ProtocolError UNKNOWN_TYPE or INVALID_MESSAGE */
  readonly message: () => ClientMessage;
}

/** Characters of where something is wrong, in an error. */
const MAX_PATH_LENGTH = 120;

const issueText = (issue: v.BaseIssue<unknown>): string => {
  // A name of a client's own may be in it, of any length.
  const path = v.getDotPath(issue)?.slice(0, MAX_PATH_LENGTH);
  const expected = issue.message.startsWith('Invalid') ? (issue.expected ?? issue.message) : issue.message;
  return `${path ?? 'message'}: expected ${expected}`;
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
  const parsed = v.safeParse(checker, value, { abortPipeEarly: true });
  if (!parsed.success) throw new ProtocolError('INVALID_MESSAGE', parsed.issues.slice(0, 3).map(issueText).join('; '));
  return parsed.output;
};

const frameOf = (value: object): Frame => {
  const named = v.safeParse(requestIdSchema, 'requestId' in value ? value.requestId : undefined);
  return { requestId: named.success ? named.output : undefined, value, message: () => parseMessage(value) };
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
  return frameOf(value);
};

/**
 * The requests of a `batch` frame.
 *
 * @param value - a frame's JSON value.
 * @returns each request as if it had come by itself, to be checked by itself; undefined for a frame that is no batch.
 * @throws ProtocolError INVALID_MESSAGE where the batch has no messages, or too many.
 */
export const batchedFrames = (value: object): readonly Frame[] | undefined => {
  if (!('type' in value) || value.type !== 'batch') return undefined;
  const messages: unknown = 'messages' in value ? value.messages : undefined;
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MAX_BATCH_LENGTH) {
    throw new ProtocolError('INVALID_MESSAGE', `messages: expected 1 to ${MAX_BATCH_LENGTH} messages`);
  }
  return messages.map((message: unknown) => frameOf(typeof message === 'object' && message !== null ? message : {}));
};

/** Checks the fields of a broadcast that came by another way than a frame. @throws ProtocolError INVALID_MESSAGE */
export const broadcastOf = (value: object): Broadcast => {
  const message = parseMessage({ ...value, type: 'broadcast' });
  if (message.type !== 'broadcast') throw new Error('A broadcast was read as something else');
  return message;
};
