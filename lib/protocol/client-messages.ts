import * as v from 'valibot';
import { parseChannel } from './channel.ts';
import { MAX_CHUNKS } from './chunk.ts';
import { ProtocolError } from './errors.ts';
import { GrammarError } from './grammar.ts';
import { MAX_BATCH_LENGTH, MAX_IDENTIFIER_LENGTH, MAX_LIST_LENGTH, MAX_POSITIONS, MAX_TOKEN_LENGTH } from './limits.ts';
import { parsePattern } from './pattern.ts';
import { PRIORITIES } from './priority.ts';

export { isPriority, PRIORITIES, type Priority } from './priority.ts';

// Printable: no control, format, surrogate, private-use or line-breaking character, and not only white space.
const PRINTABLE =
  /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]*[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}][^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]*$/u;

/** A name given by a client: a user, an idempotency key, a `requestId`. */
export const identifier = v.pipe(
  v.string('a text'),
  v.maxLength(MAX_IDENTIFIER_LENGTH, `at most ${MAX_IDENTIFIER_LENGTH} characters`),
  v.regex(PRINTABLE, `1 to ${MAX_IDENTIFIER_LENGTH} printable characters`),
);

/** Whether a value is such a name. */
export const isIdentifier = (value: unknown): value is string => v.is(identifier, value);

const list = <T extends v.GenericSchema>(item: T, what: string) =>
  v.pipe(v.array(item, `a list of ${what}`), v.maxLength(MAX_LIST_LENGTH, `at most ${MAX_LIST_LENGTH} ${what}`));

const texts = (what: string) => v.optional(list(v.string('a text'), what), []);

const requestId = v.optional(v.union([identifier, v.pipe(v.number(), v.finite())], 'a short text or a number'));

const instant = v.pipe(v.number('milliseconds since 1970'), v.safeInteger(), v.minValue(0));

const subscribe = v.object({
  type: v.literal('subscribe'),
  requestId,
  channels: texts('channels'),
  patterns: texts('patterns'),
  options: v.optional(
    v.object({
      sendInitialState: v.optional(v.boolean('true or false'), false),
      replayEvents: v.optional(v.boolean('true or false'), false),
      replaySince: v.optional(instant),
    }),
  ),
});

const unsubscribe = v.object({
  type: v.literal('unsubscribe'),
  requestId,
  channels: texts('channels'),
  patterns: texts('patterns'),
});

const broadcast = v.object({
  type: v.literal('broadcast'),
  requestId,
  channel: v.string('a channel'),
  data: v.unknown(),
  id: v.optional(identifier),
  category: v.optional(identifier),
  priority: v.optional(v.picklist(PRIORITIES, `one of ${PRIORITIES.join(', ')}`)),
  targetUsers: v.optional(v.pipe(list(identifier, 'users'), v.minLength(1, 'at least one user'))),
});

const position = v.object({
  offset: v.pipe(v.number('a whole number'), v.safeInteger(), v.minValue(0)),
  epoch: identifier,
});

const listOrOne = <T extends v.GenericSchema>(item: T, what: string) =>
  v.optional(
    v.union([
      list(item, what),
      v.pipe(
        item,
        v.transform((one) => [one]),
      ),
    ]),
  );

const positions = v.pipe(
  v.record(v.string(), v.object({ ...position.entries, private: v.optional(position) }), 'positions by channel'),
  v.maxEntries(MAX_POSITIONS, `at most ${MAX_POSITIONS} channels`),
);

const ping = v.object({ type: v.literal('ping'), requestId, positions: v.optional(positions) });

const replay = v.object({
  type: v.literal('replay'),
  requestId,
  since: v.optional(instant),
  positions: v.optional(positions),
  cursor: v.optional(identifier),
  channels: v.optional(
    v.pipe(
      v.array(v.string('a text'), 'a list of channels'),
      v.maxLength(MAX_POSITIONS, `at most ${MAX_POSITIONS} channels`),
    ),
  ),
  categories: listOrOne(identifier, 'categories'),
  priority: listOrOne(v.picklist(PRIORITIES, `one of ${PRIORITIES.join(', ')}`), 'priorities'),
  limit: v.optional(v.pipe(v.number('a whole number'), v.safeInteger(), v.minValue(1, 'at least 1'))),
});

const compression = v.object({
  type: v.literal('compression'),
  requestId,
  enable: v.boolean('true or false'),
  level: v.optional(v.pipe(v.number('a whole number from 0 to 9'), v.integer(), v.minValue(0), v.maxValue(9))),
});

const auth = v.object({
  type: v.literal('auth'),
  requestId,
  token: v.pipe(v.string('a token'), v.maxLength(MAX_TOKEN_LENGTH)),
});

const chunk = v.pipe(
  v.object({
    type: v.literal('chunk'),
    requestId,
    id: identifier,
    index: v.pipe(v.number('a whole number'), v.safeInteger(), v.minValue(0)),
    total: v.pipe(v.number('a whole number'), v.safeInteger(), v.minValue(1), v.maxValue(MAX_CHUNKS)),
    data: v.string('a text'),
  }),
  v.check(({ index, total }) => index < total, 'an index below total'),
);

const compressed = v.object({
  type: v.literal('compressed'),
  requestId,
  encoding: v.picklist(['deflate'], 'deflate'),
  data: v.pipe(v.string('a text'), v.base64('base64')),
});

const clientMessage = v.variant('type', [
  subscribe,
  unsubscribe,
  broadcast,
  ping,
  replay,
  compression,
  auth,
  chunk,
  compressed,
]);

export type Subscribe = v.InferOutput<typeof subscribe>;
export type Unsubscribe = v.InferOutput<typeof unsubscribe>;
export type Broadcast = v.InferOutput<typeof broadcast>;
export type Replay = v.InferOutput<typeof replay>;
export type Compression = v.InferOutput<typeof compression>;
export type Chunk = v.InferOutput<typeof chunk>;
export type Compressed = v.InferOutput<typeof compressed>;
export type Auth = v.InferOutput<typeof auth>;
export type Ping = v.InferOutput<typeof ping>;
/** A message from a client, its fields checked but for the grammar of channels and patterns. */
export type ClientMessage = v.InferOutput<typeof clientMessage>;

const CLIENT_TYPES = new Set(clientMessage.options.map((option) => option.entries.type.literal));

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
  if (!(CLIENT_TYPES as ReadonlySet<string>).has(type)) {
    throw new ProtocolError(
      'UNKNOWN_TYPE',
      `No client may send a message of type ${JSON.stringify(type.slice(0, 60))}`,
    );
  }
  const parsed = v.safeParse(clientMessage, value, { abortPipeEarly: true });
  if (!parsed.success) throw new ProtocolError('INVALID_MESSAGE', parsed.issues.slice(0, 3).map(issueText).join('; '));
  if (type === 'broadcast' && !('data' in value)) {
    throw new ProtocolError('INVALID_MESSAGE', 'data: expected a JSON value');
  }
  return parsed.output;
};

const frameOf = (value: object): Frame => {
  const named = v.safeParse(requestId, 'requestId' in value ? value.requestId : undefined);
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
export const broadcastOf = (value: object): Broadcast => parseMessage({ ...value, type: 'broadcast' }) as Broadcast;

const refusal = (code: 'INVALID_CHANNEL' | 'INVALID_PATTERN', cause: unknown): unknown =>
  cause instanceof GrammarError ? new ProtocolError(code, cause.message, { cause }) : cause;

/** Parses a channel named by a client. @throws ProtocolError INVALID_CHANNEL */
export const channelOf = (text: string): ReturnType<typeof parseChannel> => {
  try {
    return parseChannel(text);
  } catch (cause) {
    throw refusal('INVALID_CHANNEL', cause);
  }
};

/** Parses a pattern named by a client. @throws ProtocolError INVALID_PATTERN */
export const patternOf = (text: string): ReturnType<typeof parsePattern> => {
  try {
    return parsePattern(text);
  } catch (cause) {
    throw refusal('INVALID_PATTERN', cause);
  }
};
