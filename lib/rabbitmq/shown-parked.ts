import type { ShownParked } from '../protocol/http/parked.ts';
import type { ParkedMessage } from './parked.ts';

/** Characters of a body that are shown: a hundred bodies fit into an answer of a function. */
const MOST = 8_192;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

const textOf = (body: Buffer): string | null => {
  try {
    return UTF8.decode(body);
  } catch {
    return null;
  }
};

/** A message that was put aside, as it is shown over HTTP: with the beginning of its body. */
export const shownParked = ({ id, reason, queue, at, messageId, headers, body }: ParkedMessage): ShownParked => {
  const text = textOf(body);
  const channel = headers['channel'];
  return {
    id,
    reason,
    queue: queue ?? null,
    at: at ?? null,
    messageId: messageId ?? null,
    channel: typeof channel === 'string' ? channel : null,
    bytes: body.length,
    body: text?.slice(0, MOST) ?? null,
    cut: text !== null && text.length > MOST,
  };
};
