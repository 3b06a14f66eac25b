import type { Poison } from '../ports/incoming.ts';

/** Characters of what a publisher chose, in a log. */
const MOST = 300;

/** What a log says of a message that was parked: why, where it was to be heard, and by which id its publisher knows it. */
export const parkedFacts = ({ reason, headers, messageId, queue }: Poison): Readonly<Record<string, string>> => {
  const { channel } = headers;
  return {
    reason: reason.slice(0, MOST),
    ...(typeof channel === 'string' ? { channel: channel.slice(0, MOST) } : {}),
    ...(messageId === undefined ? {} : { id: messageId.slice(0, MOST) }),
    queue,
  };
};
