import { openSession } from '../../../lib/protocol/session.ts';
import { filled, fits, type Names } from '../../conformance/match.ts';
import { readVectors, type Vector } from '../../conformance/vector.ts';
import { House } from './house.ts';
import { Transcript } from './transcript.ts';

/** The message of a frame, and those it holds. */
const messagesOf = (text: string): readonly unknown[] => {
  const message: unknown = JSON.parse(text);
  return typeof message === 'object' && message !== null && 'messages' in message
    ? [message, ...(message.messages as unknown[])]
    : [message];
};

/** Plays one vector; what follows a frame is all over before the next. */
const play = async (vector: Vector, transcript: Transcript): Promise<void> => {
  const house = new House();
  const { clock } = house.world;
  const names: Names = new Map<string, unknown>([
    ['run', 'run'],
    ['now', clock.now()],
    ['minuteAgo', clock.now() - 60_000],
    ['future', clock.now() + 3_600_000],
  ]);
  const heard = new Map<string, unknown[]>();
  const settle = async (): Promise<void> => {
    await house.fanOut();
    for (const { connection, text } of house.taken()) {
      const said = transcript.heard(connection, text);
      if (said?.startsWith('{')) heard.get(connection)?.push(...messagesOf(said));
    }
  };
  const send = async (client: string, body: string): Promise<void> => {
    transcript.sent(client, body);
    await house.frame(client, body);
  };
  transcript.title(vector.name);
  for (const step of vector.steps) {
    if ('connect' in step) {
      heard.set(step.connect, []);
      const capabilities = new URLSearchParams(step.query).get('capabilities') ?? '';
      transcript.event(`${step.connect} connects with [${capabilities}]`);
      await house.connect(step.connect, String(filled(step.user, names)), capabilities, openSession(0));
    } else if ('close' in step) {
      transcript.event(`${step.close} leaves`);
      await house.leave(step.close);
    } else if ('send' in step) await send(step.client, JSON.stringify(filled(step.send, names)));
    else if ('sendText' in step) await send(step.client, step.sendText);
    else if ('expect' in step) {
      // Names that later steps use are saved by what fits.
      const all = heard.get(step.client) ?? [];
      const found = all.findIndex((message) => fits(message, filled(step.expect, names), names));
      if (found < 0) throw new Error(`${vector.name}: nothing fits ${JSON.stringify(step.expect)}`);
      all.splice(found, 1);
    }
    await settle();
  }
};

/** @returns the frames of every conformance vector, a line each. */
export const vectorTranscript = async (transcript = new Transcript()): Promise<readonly string[]> => {
  for (const vector of readVectors()) await play(vector, transcript);
  return transcript.lines;
};
