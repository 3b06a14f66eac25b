import { plainEncoder } from '../lib/gateway/frames.ts';
import type { Caller } from '../lib/ports/connection.ts';
import { chunksOf } from '../lib/protocol/chunk.ts';
import { API_GATEWAY } from '../lib/protocol/transport.ts';
import { framesOf } from '../lib/sync/answer.ts';
import { type ReceiveWorld, receive } from '../lib/sync/receive.ts';

/** Makes frames that are not compressed. */
export const PLAIN = plainEncoder();

/** The frames that answer a frame, as texts. */
export const answered = async (world: ReceiveWorld, caller: Caller, body: unknown): Promise<readonly string[]> => [
  ...framesOf(world.encoder, await receive(world, caller, body)),
];

/** A text in chunks that API Gateway takes. */
export const chunked = (text: string, id: string): string[] => chunksOf(text, id, API_GATEWAY.frameBytes);
