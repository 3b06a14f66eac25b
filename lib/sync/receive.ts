import type { Assembly } from '../ports/assembly.ts';
import type { Bus } from '../ports/bus.ts';
import type { Caller } from '../ports/connection.ts';
import type { Connections } from '../ports/connections.ts';
import type { Gateway } from '../ports/gateway.ts';
import type { Authenticator } from '../ports/identity.ts';
import { encodeBatch } from '../protocol/batch.ts';
import { batchedFrames, type Frame, parseFrame } from '../protocol/codec/decode.ts';
import { type ErrorCode, ProtocolError } from '../protocol/errors.ts';
import { encodeAnswer, encodeMessage } from '../protocol/frame.ts';
import { MAX_FRAME_BYTES } from '../protocol/limits.ts';
import { errorMessage } from '../protocol/messages/error.ts';
import type { ClientMessage } from '../protocol/messages/table.ts';
import { messagesOf } from '../protocol/toll.ts';
import { type AdmitWorld, admit, exceeded } from './admit.ts';
import { authenticate } from './authenticate.ts';
import { broadcast } from './broadcast.ts';
import { compress } from './compress.ts';
import { dismiss } from './dismiss.ts';
import { type CompressionSettings, onTheWire } from './framing/wire.ts';
import { ping } from './ping.ts';
import { refusalOf } from './refusal.ts';
import { type ReplayWorld, replay } from './replay/replay.ts';
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
  readonly bus: Bus;
  readonly connections: Connections;
  readonly gateway: Gateway;
  readonly assembly: Assembly;
  readonly compression: CompressionSettings;
  /** Undefined where clients are taken at their word. */
  readonly authenticator: Authenticator | undefined;
  readonly limits: {
    /** Bytes of one message. */
    readonly messageSize: number;
    /** Channels and patterns one connection may hold. */
    readonly subscriptions: number;
  };
  /** Told of every message once it is answered. */
  readonly onAnswered: (answered: Answered) => void;
  /** Told of failures whose cause the client is not told. */
  readonly onFailure: (error: unknown) => void;
}

/** Which dependency is away is nothing to clients. */
const AWAY = 'The service cannot do this now; try again';

const answerTo = async (world: ReceiveWorld, caller: Caller, message: ClientMessage): Promise<readonly string[]> => {
  const { chunk } = caller.capabilities;
  switch (message.type) {
    case 'subscribe':
      return subscribe(world, caller, message);
    case 'unsubscribe':
      return encodeAnswer(await unsubscribe(world, caller, message), chunk);
    case 'broadcast':
      return [encodeMessage(await broadcast(world, caller, message))];
    case 'ping':
      return encodeAnswer(await ping(world, caller, message), chunk);
    case 'replay':
      return replay(world, caller, message);
    case 'auth':
      return encodeAnswer(await authenticate(world, caller, message), chunk);
    case 'compression':
      return [encodeMessage(await compress(world, caller, message))];
    case 'chunk':
    case 'compressed':
      throw new ProtocolError('INVALID_MESSAGE', `type: ${message.type} stands inside nothing else`);
  }
};

const frameOf = (world: ReceiveWorld, body: unknown): Frame => {
  if (typeof body !== 'string') throw new ProtocolError('BINARY_NOT_SUPPORTED', 'Send text frames');
  if (Buffer.byteLength(body) > world.limits.messageSize) {
    throw new ProtocolError('MESSAGE_TOO_LARGE', `A message may have ${world.limits.messageSize} bytes`);
  }
  return parseFrame(body);
};

/** Takes one request of a batch. Only broadcasts gain by coming together; what else there is comes by itself. */
const answerWithin = async (world: ReceiveWorld, caller: Caller, frame: Frame): Promise<string> => {
  const began = performance.now();
  let type: Answered['type'];
  let refused: ProtocolError | undefined;
  try {
    const message = frame.message();
    type = message.type;
    if (message.type !== 'broadcast') {
      throw new ProtocolError('INVALID_MESSAGE', `A batch holds broadcasts alone; send ${message.type} by itself`);
    }
    return encodeMessage(await broadcast(world, caller, message));
  } catch (error) {
    refused = refusalOf(error, world.onFailure, () => AWAY);
    return encodeMessage(errorMessage(refused, frame.requestId));
  } finally {
    world.onAnswered({ type, refused: refused?.code, limit: refused?.type, duration: performance.now() - began });
  }
};

/** Takes the requests of a batch: all are published, in order, before the first confirm is awaited. */
const answerBatch = async (
  world: ReceiveWorld,
  caller: Caller,
  frames: readonly Frame[],
): Promise<readonly string[]> => {
  if (!caller.capabilities.batch) {
    throw new ProtocolError('NOT_AVAILABLE', 'A batch is answered by one; declare the capability when you connect');
  }
  return encodeBatch(await Promise.all(frames.map((frame) => answerWithin(world, caller, frame))));
};

/** What refuses a frame; of a batch, each of its requests, since each waits for an answer. */
const refusalTexts = (refusal: ProtocolError, frame: Frame | undefined): readonly string[] => {
  let batched: readonly Frame[] | undefined;
  try {
    batched = frame && batchedFrames(frame.value);
  } catch {
    // Too many to be answered one by one, or none.
  }
  return encodeBatch((batched ?? [frame]).map((each) => encodeMessage(errorMessage(refusal, each?.requestId))));
};

/** The frame, or what is wrong with it: that is said only once the frame was let in, for it counts as well. */
const read = (world: ReceiveWorld, body: unknown): { readonly frame: Frame } | { readonly error: unknown } => {
  try {
    return { frame: frameOf(world, body) };
  } catch (error) {
    return { error };
  }
};

/** Counts what a wrapped batch turns out to hold: until it was unwrapped it counted as one. */
const countWrapped = async ({ limiter }: ReceiveWorld, { id, user }: Caller, { value }: Frame): Promise<void> => {
  const messages = messagesOf(value);
  if (messages.size === 1 && messages.values().next().value === 1) return;
  const limit = await limiter.take({ connection: id, user, messages });
  if (limit !== undefined) throw exceeded(limit);
};

/** An answer as it travels to the caller. */
const framed = ({ compression }: ReceiveWorld, { capabilities }: Caller, text: string): readonly string[] => {
  const isPlain = !(compression.enabled && capabilities.compression);
  // No text has more bytes than thrice its characters.
  if (isPlain && 3 * text.length <= MAX_FRAME_BYTES) return [text];
  const frames = onTheWire(new TextEncoder().encode(text), capabilities, compression);
  // Whoever takes no chunks is answered in parts that fit.
  if (frames === undefined) throw new Error(`An answer of ${text.length} characters fits no frame`);
  return frames.map((frame) => new TextDecoder().decode(frame));
};

/**
 * Takes one frame of a client and answers it. Whatever the frame holds, there is an answer, and the connection survives;
 * unless its session has ended, or it goes on sending beyond its limits: then it is told so and closed.
 *
 * @param caller - as the gateway knows it.
 * @param body - the frame; anything but a text is a binary frame.
 * @returns the answer, as the texts of one frame or several; none to a chunk while others of its message are missing,
 *   and none where it was sent already.
 */
export const receive = async (world: ReceiveWorld, caller: Caller, body: unknown): Promise<readonly string[]> => {
  const began = performance.now();
  const taken = read(world, body);
  let frame = 'frame' in taken ? taken.frame : undefined;
  let type: Answered['type'];
  let refused: ProtocolError | undefined;
  let isTold = false;
  try {
    const admitted = await admit(world, caller, frame?.value);
    if ('error' in taken) throw taken.error;
    const unwrapped = await unwrap(world, admitted, taken.frame);
    if (unwrapped === undefined) {
      type = 'chunk';
      return [];
    }
    frame = unwrapped.frame;
    if (unwrapped.wasWrapped) await countWrapped(world, admitted, frame);
    const batched = batchedFrames(frame.value);
    if (batched !== undefined) {
      const answers = await answerBatch(world, admitted, batched);
      isTold = true;
      return answers.flatMap((text) => framed(world, admitted, text));
    }
    const message = frame.message();
    type = message.type;
    const answer = await answerTo(world, admitted, message);
    return answer.flatMap((text) => framed(world, admitted, text));
  } catch (error) {
    const refusal = refusalOf(error, world.onFailure, () => AWAY);
    refused = refusal;
    if (!refusal.closes) return refusalTexts(refusal, frame);
    await dismiss(world, caller, encodeMessage(errorMessage(refusal, frame?.requestId)));
    return [];
  } finally {
    // The requests of a batch were told of one by one.
    if (!isTold)
      world.onAnswered({ type, refused: refused?.code, limit: refused?.type, duration: performance.now() - began });
  }
};
