import { conversationTranscript } from '../../test/unit/transcripts/conversation.ts';
import { Transcript } from '../../test/unit/transcripts/transcript.ts';
import { vectorTranscript } from '../../test/unit/transcripts/vectors.ts';

const CONVERSATIONS = 60;

/** Keeps frames as they travel, and what is in chunks and compression. */
class Frames extends Transcript {
  readonly fromClients: string[] = [];
  readonly fromService: string[] = [];

  override sent(connection: string, body: unknown): void {
    if (typeof body === 'string') this.fromClients.push(body);
    super.sent(connection, body);
  }

  override heard(connection: string, text: string): string | undefined {
    const said = super.heard(connection, text);
    // That a connection was closed is noted too.
    const frames = new Set([text, said ?? text]);
    this.fromService.push(...[...frames].filter((frame) => frame.startsWith('{')));
    return said;
  }
}

/** @returns the frames of every conformance vector and of some of the recorded conversations */
export const recordedFrames = async (): Promise<Frames> => {
  const frames = new Frames();
  await vectorTranscript(frames);
  await conversationTranscript(CONVERSATIONS, frames);
  return frames;
};
