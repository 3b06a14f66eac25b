import type { ReplayEnd, ReplayMessage } from '../messages/replay.ts';

/** Whether a message of a replay is the last, which says of the whole what it is. */
export const isReplayEnd = (message: ReplayMessage): message is ReplayEnd =>
  message.final && message.recovered !== undefined && message.next !== undefined;
