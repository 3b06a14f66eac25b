import { isReplayEnd } from '../../lib/protocol/codec/replay-end.ts';
import { FrameError } from './errors.ts';
import type { ReplayMessage, ReplaySummary } from './messages.ts';

/** What the closing message of a replay says of the whole. @throws FrameError where it says nothing. */
export const summaryOf = (message: ReplayMessage): ReplaySummary => {
  if (!isReplayEnd(message)) throw new FrameError('no end');
  return message;
};
