import type { Broadcast as Accepted } from '../ports/broadcast.ts';
import type { Bus } from '../ports/bus.ts';
import type { Caller } from '../ports/connection.ts';
import type { Directory } from '../ports/directory.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Authenticator } from '../ports/identity.ts';
import type { Scratch } from '../ports/scratch.ts';
import type { EndReason } from '../ports/service-events.ts';
import { type Capabilities, NO_CAPABILITIES } from '../protocol/capabilities.ts';
import { batchedFrames, type Frame, parseFrame } from '../protocol/codec/decode.ts';
import type { Encoder, Said } from '../protocol/codec/encoder.ts';
import type { CompressionSettings } from '../protocol/compression.ts';
import { type ErrorCode, ProtocolError } from '../protocol/errors.ts';
import { errorMessage } from '../protocol/messages/error.ts';
import type { ClientMessage, RequestOf, RequestType, ServerMessage } from '../protocol/messages/table.ts';
import { holdingOf, messagesOf, workOf } from '../protocol/toll.ts';
import { type Admitted, type AdmitWorld, admit, backEndOf, payOwed } from './admit.ts';
import { authenticate } from './authenticate.ts';
import { acceptedOf, ackOf, broadcast } from './broadcast.ts';
import { compress } from './compress.ts';
import { bytesOfAnswer, countingReads } from './counting-reads.ts';
import { dismiss } from './dismiss.ts';
import { exceeded } from './exceeded.ts';
import { ping } from './ping.ts';
import type { Outcome } from './publish-in-order.ts';
import { publishNumbered } from './publish-numbered.ts';
import type { ReadsInTurn } from './reads-in-turn.ts';
import { refusalOf } from './refusal.ts';
import { replay } from './replay/replay.ts';
import type { ReplayWorld } from './replay/world.ts';
import { subscribe } from './subscribe.ts';
import { unsubscribe } from './unsubscribe.ts';
import { unwrap } from './unwrap.ts';

/** What became of a message. */
export interface Answered {
  /** Undefined where the message had none that exists. */
  readonly type: ClientMessage['type'] | undefined;
  /** Undefined where it was not refused. */
  readonly refused: ErrorCode | undefined;
  /** The level of the rate limit that refused it. */
  readonly limit: string | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

/** What the messages of clients work with. */
export interface ReceiveWorld extends ReplayWorld, AdmitWorld {
  readonly bus: Pick<Bus, 'publish' | 'hasAmpleRoom'>;
  readonly directory: Directory;
  readonly gateway: Gateway;
  readonly scratch: Scratch;
  readonly compression: CompressionSettings;
  readonly encoder: Encoder;
  /** Shared by all frames that a process answers. */
  readonly reads: ReadsInTurn;
  /** Undefined where clients are taken at their word. */
  readonly authenticator: Authenticator | undefined;
  readonly limits: {
    /** Bytes of one message. */
    readonly messageSize: number;
    /** Channels and patterns one connection may hold. */
    readonly subscriptions: number;
    /** Patterns of one user that are matched one by one, over all connections. */
    readonly patterns: number;
  };
  /** Told of every message once it is answered. */
  readonly onAnswered: (answered: Answered) => void;
  /** Told of failures whose cause the client is not told. */
  readonly onFailure: (error: unknown) => void;
}

/** Which dependency is away is nothing to clients. */
const AWAY = 'The service cannot do this now; try again';

/** What refuses a caller. What it may do by now is not known while Redis is away: then no grant refuses it for good. */
const causeOf = (error: unknown, caller: Admitted | undefined): unknown =>
  error instanceof ProtocolError && error.code === 'FORBIDDEN' ? (caller?.away ?? error) : error;

/** What a verb says: a message, several, or some as they come. */
type Answering = Promise<Said | readonly Said[]> | AsyncIterable<Said>;

/** What is done about each request. */
type Verbs = {
  readonly [T in RequestType]: (world: ReceiveWorld, caller: Caller, message: RequestOf<T>) => Answering;
};

const VERBS: Verbs = {
  subscribe,
  unsubscribe,
  broadcast,
  ping,
  replay,
  auth: authenticate,
  compression: compress,
};

const all = async (answering: Answering): Promise<readonly Said[]> => {
  if (!(Symbol.asyncIterator in answering)) {
    const said = await answering;
    return 'type' in said ? [said] : said;
  }
  const said: Said[] = [];
  for await (const message of answering) said.push(message);
  return said;
};

const perform = <T extends RequestType>(
  world: ReceiveWorld,
  caller: Caller,
  message: { readonly type: T } & RequestOf<T>,
): Promise<readonly Said[]> => all(VERBS[message.type](world, caller, message));

const answerTo = async (world: ReceiveWorld, caller: Caller, message: ClientMessage): Promise<readonly Said[]> => {
  if (message.type === 'chunk' || message.type === 'compressed') {
    throw new ProtocolError('INVALID_MESSAGE', `type: ${message.type} stands inside nothing else`);
  }
  return readsHistory(message) ? performInTurn(world, caller, message) : perform(world, caller, message);
};

const readsHistory = (message: ClientMessage): boolean =>
  message.type === 'replay' ||
  (message.type === 'subscribe' && (message.options?.sendInitialState || message.options?.replayEvents) === true);

/** Performs what reads the history once what its user read before is paid, and has it paid. */
const performInTurn: typeof perform = async ({ reads, limiter, ...world }, caller, message) => {
  const owe = (points: number): void => limiter.owe(caller.user, points);
  return reads.take(
    caller.user,
    () =>
      countingReads(
        world.history,
        owe,
        (history) => perform({ ...world, reads, limiter, history }, caller, message),
        bytesOfAnswer,
      ),
    () => payOwed({ limiter }, caller, caller.id),
  );
};

const frameOf = (world: ReceiveWorld, body: unknown): Frame => {
  if (typeof body !== 'string') throw new ProtocolError('BINARY_NOT_SUPPORTED', 'Send text frames');
  if (Buffer.byteLength(body) > world.limits.messageSize) {
    throw new ProtocolError('MESSAGE_TOO_LARGE', `A message may have ${world.limits.messageSize} bytes`);
  }
  return parseFrame(body);
};

/** A request of a batch once it was looked at: what is to be published, or why it is not. */
type Considered = { readonly frame: Frame; readonly type: Answered['type'] } & (
  | { readonly message: RequestOf<'broadcast'>; readonly accepted: Accepted }
  | { readonly error: unknown }
);

/** Only broadcasts gain by coming together; what else there is comes by itself. */
const considered = ({ limits }: ReceiveWorld, caller: Caller, frame: Frame): Considered => {
  let type: Answered['type'];
  try {
    const message = frame.message();
    type = message.type;
    if (message.type !== 'broadcast') {
      throw new ProtocolError('INVALID_MESSAGE', `A batch holds broadcasts alone; send ${message.type} by itself`);
    }
    return { frame, type, message, accepted: acceptedOf(caller, message, limits.messageSize) };
  } catch (error) {
    return { frame, type, error };
  }
};

/** Answers one request of a batch. @param outcome - of what it publishes. */
const answerWithin = (
  world: ReceiveWorld,
  caller: Admitted,
  request: Considered,
  outcome: Outcome | undefined,
  began: number,
): ServerMessage => {
  const { frame, type } = request;
  let refused: ProtocolError | undefined;
  try {
    if ('error' in request) throw request.error;
    return ackOf(request.message, request.accepted, outcome as Outcome);
  } catch (error) {
    refused = refusalOf(causeOf(error, caller), world.onFailure, () => AWAY);
    return errorMessage(refused, frame.requestId);
  } finally {
    world.onAnswered({ type, refused: refused?.code, limit: refused?.type, duration: performance.now() - began });
  }
};

/** Takes the requests of a batch, each by itself, but for the order of what is of one channel. */
const answerBatch = async (world: ReceiveWorld, caller: Admitted, frames: readonly Frame[]): Promise<Said> => {
  const began = performance.now();
  if (!caller.capabilities.batch) {
    throw new ProtocolError('NOT_AVAILABLE', 'A batch is answered by one; declare the capability when you connect');
  }
  const requests = frames.map((frame) => considered(world, caller, frame));
  const published = requests.flatMap((request) => ('accepted' in request ? [request] : []));
  const outcomes = (await publishNumbered(world, published)).values();
  const messages = requests.map((request) =>
    answerWithin(world, caller, request, 'accepted' in request ? outcomes.next().value : undefined, began),
  );
  return { type: 'batch', messages };
};

/** What refuses a frame; of a batch, each of its requests, since each waits for an answer. */
const refusalTo = (refusal: ProtocolError, frame: Frame | undefined): Said => {
  let batched: readonly Frame[] | undefined;
  try {
    batched = frame && batchedFrames(frame);
  } catch {
    // Too many to be answered one by one, or none.
  }
  if (batched === undefined) return errorMessage(refusal, frame?.requestId);
  return { type: 'batch', messages: batched.map(({ requestId }) => errorMessage(refusal, requestId)) };
};

/** Why a connection is closed whose frame was refused. */
const reasonOf = ({ code }: ProtocolError): EndReason => {
  if (code === 'SESSION_EXPIRED') return 'expired';
  return code === 'SESSION_REVOKED' ? 'revoked' : 'limits';
};

/** The frame, or what is wrong with it: that is said only once the frame was let in, for it counts as well. */
const read = (world: ReceiveWorld, body: unknown): { readonly frame: Frame } | { readonly error: unknown } => {
  try {
    return { frame: frameOf(world, body) };
  } catch (error) {
    return { error };
  }
};

/** Counts what a frame turns out to hold: until it was unwrapped it counted as one, of the type that wraps. */
const countWrapped = async (
  { limiter }: ReceiveWorld,
  { id, user, session }: Caller,
  { value, text }: Frame,
  unpacked: number,
): Promise<void> => {
  const work = workOf(value, unpacked);
  const limit = await limiter.take({
    connection: id,
    user,
    backEnd: backEndOf(session),
    messages: messagesOf(value),
    counted: 1,
    work,
    kept: holdingOf(value, text.length),
  });
  if (limit !== undefined) throw exceeded(limit);
};

/** What a frame is answered by. */
export interface Reply {
  readonly messages: readonly Said[];
  /** What its client takes, as far as that is known. */
  readonly capabilities: Capabilities;
}

/**
 * Takes one frame of a client and answers it. Whatever the frame holds, there is an answer, and the connection survives;
 * unless its session has ended, or it goes on sending beyond its limits: then it is told so and closed.
 *
 * @param caller - as the gateway knows it.
 * @param body - the frame; anything but a text is a binary frame.
 * @returns the answer; without a message to a chunk while others of its message are missing, and where it was sent already.
 */
export const receive = async (world: ReceiveWorld, caller: Caller, body: unknown): Promise<Reply> => {
  const began = performance.now();
  const taken = read(world, body);
  let frame = 'frame' in taken ? taken.frame : undefined;
  let type: Answered['type'];
  let refused: ProtocolError | undefined;
  let isTold = false;
  // What it declared may have been changed since; until that is known, it is told in what everyone takes.
  let capabilities = NO_CAPABILITIES;
  const reply = (...messages: readonly Said[]): Reply => ({ messages, capabilities });
  let admitted: Admitted | undefined;
  try {
    admitted = await admit(world, caller, frame?.value, frame?.text.length ?? 0);
    capabilities = admitted.capabilities;
    if ('error' in taken) throw taken.error;
    const owe = (unpacked: number): void => world.limiter.owe(caller.user, workOf(undefined, unpacked));
    const unwrapped = await unwrap(world, admitted, taken.frame, owe);
    if (unwrapped === undefined) {
      type = 'chunk';
      return reply();
    }
    frame = unwrapped.frame;
    if (unwrapped.wasWrapped) await countWrapped(world, caller, frame, unwrapped.unpacked);
    const batched = batchedFrames(frame);
    if (batched !== undefined) {
      const answer = await answerBatch(world, admitted, batched);
      isTold = true;
      return reply(answer);
    }
    const message = frame.message();
    type = message.type;
    return reply(...(await answerTo(world, admitted, message)));
  } catch (error) {
    const refusal = refusalOf(causeOf(error, admitted), world.onFailure, () => AWAY);
    refused = refusal;
    if (!refusal.closes) return reply(refusalTo(refusal, frame));
    const reason = reasonOf(refusal);
    await world.directory.because(caller.id, reason).catch(world.onFailure);
    const dismissed = await dismiss(world, caller, errorMessage(refusal, frame?.requestId));
    if (dismissed === 'unclosed') await world.directory.leave(caller, reason).catch(world.onFailure);
    return reply();
  } finally {
    // The requests of a batch were told of one by one.
    if (!isTold)
      world.onAnswered({ type, refused: refused?.code, limit: refused?.type, duration: performance.now() - began });
  }
};
