import type { Caller } from '../../lib/ports/connection.ts';
import { parseCapabilities } from '../../lib/protocol/capabilities.ts';
import type { Session } from '../../lib/protocol/session.ts';
import type { ReceiveWorld } from '../../lib/sync/receive.ts';
import { answered } from '../frames.ts';
import { faultOf } from './judge.ts';

/** Frames under way at once. */
const WIDTH = 32;

const SESSIONS: readonly Session[] = [
  { issued: 0, expires: null, grants: { subscribe: ['**'], publish: ['**'] } },
  { issued: 0, expires: null, grants: { subscribe: ['a:*', 'memory.**'], publish: ['a'] } },
  { issued: 0, expires: null, grants: { subscribe: [], publish: [] } },
];

const CALLERS: readonly Caller[] = SESSIONS.flatMap((session, i) =>
  ['', 'batch,chunk,compression'].map((capabilities) => ({
    id: `fuzz-${i}-${capabilities.length}`,
    user: `user-${i}`,
    endpoint: 'http://gateway',
    capabilities: parseCapabilities(capabilities),
    session,
  })),
);

export interface Fuzzed {
  readonly frames: number;
  readonly answers: number;
  readonly refused: number;
  /** What was wrong with answers; with the frame that had it. */
  readonly faults: readonly string[];
}

/** Hands frames to the handler, from connections that may do and take different things, and judges every answer. */
export const fuzzHandler = async (world: ReceiveWorld, frames: Iterable<string | Uint8Array>): Promise<Fuzzed> => {
  for (const caller of CALLERS) await world.directory.open(caller);
  let count = 0;
  let answers = 0;
  let refused = 0;
  const faults: string[] = [];
  const note = (fault: string, frame: string | Uint8Array): void => {
    if (faults.length < 10) faults.push(`${fault}: ${String(frame).slice(0, 300)}`);
  };
  const source = frames[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = source.next(); next.done !== true; next = source.next()) {
      const frame = next.value;
      const caller = CALLERS[count++ % CALLERS.length] as Caller;
      try {
        const texts = await answered(world, caller, frame);
        answers += texts.length;
        for (const text of texts) {
          if (text.startsWith('{"type":"error"')) refused++;
          const fault = faultOf(text);
          if (fault !== undefined) note(fault, frame);
        }
        // Of a message in pieces only the last is answered.
        if (texts.length === 0 && !(typeof frame === 'string' && frame.includes('chunk'))) note('no answer', frame);
      } catch (error) {
        note(`thrown ${String(error)}`, frame);
      }
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  for (const caller of CALLERS) await world.directory.close(caller.id);
  return { frames: count, answers, refused, faults };
};
